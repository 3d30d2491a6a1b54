/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included with -include before each strategy, so that the sources stay unchanged. The tool that
 * counts instructions has no restartable sequences, and each machine has its own number of CPUs, so
 * this file defines both. A lone thread that nothing interrupts is never aborted, so the
 * instructions of a section are the same without the kernel's support.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <sched.h>
#include <unistd.h>

#include "rseq.h"

/* What strategies find. Set it before making a list. */
extern bool standin_rseq;
extern long standin_cpus;

/* True once a strategy asked for the number of CPUs. */
extern bool standin_asked;

/* Writes into the calling thread's area what the kernel would write for a registered thread on that
 * CPU. */
static inline void standin_register(uint32_t cpu)
{
	(void)cpu;
#ifdef RSEQ_BUILT
	struct rseq *self = rseq_self();
	self->cpu_id_start = cpu;
	self->cpu_id = cpu;
#endif
}

static inline bool standin_rseq_usable(void)
{
	return standin_rseq && rseq_cpu() >= 0;
}

/* Makes the real call. The machine may run the program on any CPU, so the result is ignored: it
 * must not make two pairs differ. */
static inline int standin_getcpu(void)
{
	int cpu = sched_getcpu();
	return cpu < 0 ? cpu : 0;
}

static inline long standin_sysconf(int name)
{
	bool cpus = name == _SC_NPROCESSORS_CONF || name == _SC_NPROCESSORS_ONLN;
	standin_asked |= cpus;
	return cpus ? standin_cpus : sysconf(name);
}

static inline uint32_t standin_count(void)
{
	standin_asked = true;
	return (uint32_t)standin_cpus;
}

/* For cpu_numbers.h. */
#define EXTRAM_CPUS() standin_count()
#define EXTRAM_CPUS_ALLOWED() standin_count()

#define rseq_usable() standin_rseq_usable()
#define sched_getcpu() standin_getcpu()
#define sysconf(name) standin_sysconf(name)

#endif
