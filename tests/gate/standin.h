/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Given to the compiler with -include before each strategy, so that sources stay as they are. What runs the program to count it has no
 * restartable sequences, and another machine another number of CPUs: both are said here. A lone thread that nobody interrupts is never
 * aborted, so the instructions of a section are the same without a kernel that knows of it.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <sched.h>
#include <unistd.h>

#include "rseq.h"

/* What strategies are to find; set before a list is made. */
extern bool standin_rseq;
extern long standin_cpus;

/* Has a strategy asked for their number? */
extern bool standin_asked;

/* What the kernel would write into a registered thread's area; the calling thread's. */
static inline void standin_register(void)
{
#ifdef RSEQ_BUILT
	struct rseq *self = rseq_self();
	self->cpu_id_start = 0;
	self->cpu_id = 0;
#endif
}

static inline bool standin_rseq_usable(void)
{
	return standin_rseq && rseq_cpu() >= 0;
}

/* The call is a real one, but the machine may run the program now here, now there: that is no difference between two pairs. */
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
