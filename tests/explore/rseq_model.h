/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Restartable sequences for the explorer. It uses impls/rseq.h unchanged: its layout, its C
 * functions, and the text of its assembly, which rseq_machine.c runs one instruction at a time.
 * Only the calls of the kernel and of the C library, and the binding of the operands, are replaced.
 *
 * What is modelled
 *   - Each instruction that touches memory is a step: others may run before it. Before each instruction of a sequence the thread may
 *     be preempted or moved to another CPU, which aborts the sequence; so does another thread that runs on the same CPU, and
 *     membarrier. Before the sequence begins it may be moved.
 *   - Loads and stores are relaxed, which is weaker than x86-64's and what arm64's are; but a store comes after what the loads before
 *     it have read (the branches between them see to that), so it does not race with what was released to those loads.
 *   - membarrier: full barriers in all threads, or in those of one CPU, whose sequences it also aborts.
 *
 * What is not
 *   - The encoding of the instructions, the signature, the descriptor's layout, glibc's registration, the kernel itself.
 *   - The operands' constraints and clobbers: what the compiler may do around the assembly. The text knows its operands by name.
 *   - More than CPUS_COUNT CPUs, CPU hotplug, a list used from a signal handler, absence of rseq (the contract tests run without).
 *
 * With RSEQ_MODEL_AARCH64 the arm64 text is run, on any machine.
 */
#ifndef RSEQ_MODEL_H
#define RSEQ_MODEL_H

#include <assert.h>
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__has_include)
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#endif

/* An operand of the assembly: %[name]. */
struct rseq_register {
	const char *name;
	uint64_t value;
};

/* Runs the text to its end; the registers have the results. Fails the run on an instruction that it does not know. */
void rseq_machine_run(const char *text, struct rseq_register *registers, int n);

/* The calling thread's struct rseq. */
uint64_t rseq_machine_self(void);

/* Replaces syscall(SYS_membarrier, ...). The second replaces the machine in cpu_numbers.h. */
long rseq_machine_syscall(long number, int cmd, unsigned flags, int cpu);
uint32_t rseq_machine_cpus(void);

#define syscall rseq_machine_syscall
#define EXTRAM_CPUS() rseq_machine_cpus()
#define EXTRAM_CPUS_ALLOWED() rseq_machine_cpus()

/* Empty, because the machine knows what the sections order. */
#define RSEQ_PUSHES(entry) ((void)(entry))
#define RSEQ_TAKES(entry) ((void)(entry))
#define RSEQ_TAKES_ALL(slab) ((void)(slab))

#ifdef RSEQ_MODEL_AARCH64
#pragma push_macro("__x86_64__")
#undef __x86_64__
#ifndef __aarch64__
#define __aarch64__ 1
#endif
#endif

#define rseq_cpu rseq_native_cpu
#define rseq_usable rseq_native_usable
#define rseq_pop rseq_native_pop
#define rseq_push rseq_native_push
#include "rseq.h"
#undef rseq_cpu
#undef rseq_usable
#undef rseq_pop
#undef rseq_push

#ifdef RSEQ_MODEL_AARCH64
#pragma pop_macro("__x86_64__")
#endif

static inline int32_t rseq_cpu(void)
{
	return (int32_t)hooks_cpu();
}

#ifdef RSEQ_BUILT

#define RSEQ_GARBAGE UINT64_C(0xa5a5a5a5a5a5a5a5)

static inline bool rseq_usable(void)
{
	return true;
}

/* The operands are those of rseq.h. */
static inline void *rseq_pop(struct rseq_slab *slabs, uint32_t cpus, uint32_t *left)
{
	struct rseq_register r[] = {{"mp", 0},
				    {"word", 0},
				    {"t", RSEQ_GARBAGE},
				    {"at", RSEQ_GARBAGE},
				    {"self", rseq_machine_self()},
				    {"slabs", (uintptr_t)slabs},
				    {"cpus", cpus}};
	rseq_machine_run(RSEQ_BEGIN RSEQ_POP RSEQ_ABORT, r, sizeof(r) / sizeof(r[0]));
	*left = rseq_count(r[1].value);
	return (void *)(uintptr_t)r[0].value;
}

static inline bool rseq_push(struct rseq_slab *slabs, uint32_t cpus, void *mp)
{
	struct rseq_register r[] = {{"done", 0},          {"word", RSEQ_GARBAGE},        {"t", RSEQ_GARBAGE},
				    {"at", RSEQ_GARBAGE}, {"self", rseq_machine_self()}, {"slabs", (uintptr_t)slabs},
				    {"cpus", cpus},       {"mp", (uintptr_t)mp},         {"pushed", RSEQ_PUSHED + 1}};
	rseq_machine_run(RSEQ_BEGIN RSEQ_PUSH RSEQ_ABORT, r, sizeof(r) / sizeof(r[0]));
	return (uint32_t)r[0].value != 0;
}

#else
#define rseq_usable rseq_native_usable
#define rseq_pop rseq_native_pop
#define rseq_push rseq_native_push
#endif

#endif
