/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Put with -include in front of everything that the machine runs, so that the sources stay
 * unchanged. Replaces waiting, locks, memory, thread-local variables, and the calls of the kernel.
 *
 * Restartable sequences: impls/rseq.h is used with its layout, its C functions and the text of its
 * assembly, which rseq_machine.c runs one instruction at a time. Only the binding of the operands
 * is replaced.
 *
 * What is modelled
 *   - Each instruction that touches memory is a step. Before each instruction of a sequence the
 *     driver may preempt or move the thread, which aborts the sequence; so does another thread that
 *     comes to the same CPU, and membarrier. Before the sequence begins the driver may move the
 *     thread.
 *   - Loads and stores are relaxed, which is weaker than x86-64's and what arm64's are. They are
 *     marked as a section's, because a store comes after what the loads before it have read: the
 *     branches between them see to that.
 *   - membarrier: full barriers in all threads, or in those of one CPU, whose sequences it also
 *     aborts.
 *
 * What is not
 *   - The encoding of the instructions, the signature, the descriptor's layout, glibc's
 *     registration, the kernel itself.
 *   - The operands' constraints and clobbers: what the compiler may do around the assembly. The
 *     text knows its operands by name.
 *   - CPU hotplug, a signal handler inside a sequence.
 *
 * With RSEQ_MODEL_AARCH64 the arm64 text is run, on any machine. With RSEQ_MODEL_NONE no thread is
 * registered. A program may set EXTRAM_SPINS: see impls/wait.h.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include <assert.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__has_include)
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#endif

/* The sanitizer's library does not understand fences; tsan.c does. */
#if defined(__GNUC__) && __GNUC__ >= 11 && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/* How threads wait: locks.c. */
void hooks_yield(void);
void hooks_usleep(long us);
void hooks_pause(void);

#define EXTRAM_YIELD() hooks_yield()
#define EXTRAM_USLEEP(us) hooks_usleep(us)
#define EXTRAM_PAUSE() hooks_pause()

/* As futex(2): locks.c. */
void hooks_futex_wait(const volatile void *word, unsigned value);
void hooks_futex_wake(const volatile void *word, unsigned n);

#define EXTRAM_FUTEX_WAIT(word, value) hooks_futex_wait(word, value)
#define EXTRAM_FUTEX_WAKE(word, count) hooks_futex_wake(word, count)

/* As in pthread.h: locks.c. */
int hooks_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes);
int hooks_mutex_destroy(pthread_mutex_t *m);
int hooks_mutex_lock(pthread_mutex_t *m);
int hooks_mutex_trylock(pthread_mutex_t *m);
int hooks_mutex_unlock(pthread_mutex_t *m);
int hooks_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes);
int hooks_cond_destroy(pthread_cond_t *c);
int hooks_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int hooks_cond_signal(pthread_cond_t *c);
int hooks_cond_broadcast(pthread_cond_t *c);

#define pthread_mutex_init hooks_mutex_init
#define pthread_mutex_destroy hooks_mutex_destroy
#define pthread_mutex_lock hooks_mutex_lock
#define pthread_mutex_trylock hooks_mutex_trylock
#define pthread_mutex_unlock hooks_mutex_unlock
#define pthread_cond_init hooks_cond_init
#define pthread_cond_destroy hooks_cond_destroy
#define pthread_cond_wait hooks_cond_wait
#define pthread_cond_signal hooks_cond_signal
#define pthread_cond_broadcast hooks_cond_broadcast

/* The function has run before any thread began: fibers.c. */
int hooks_once(pthread_once_t *once, void (*function)(void));

#define pthread_once hooks_once

/* As in signal.h: signals.c. Each thread has an alternate stack of its own, on which no handler
 * runs. */
int hooks_sigmask(int how, const sigset_t *set, sigset_t *old);
int hooks_sigaltstack(const stack_t *stack, stack_t *old);

#define pthread_sigmask hooks_sigmask
#define sigaltstack hooks_sigaltstack

/* As in stdlib.h, from memory that sim_reset frees: storage.c. */
void *hooks_aligned_alloc(size_t align, size_t bytes);
void *hooks_malloc(size_t bytes);
void *hooks_calloc(size_t n, size_t bytes);
void hooks_free(void *p);

#define aligned_alloc hooks_aligned_alloc
#define malloc hooks_malloc
#define calloc hooks_calloc
#define free hooks_free

/* The running thread's own copy of a thread-local variable, for others to use: storage.c. Its
 * address stays valid. */
void *hooks_own(void *variable);

#define _Thread_local __attribute__((section("sim_local")))
#define EXTRAM_OWN(variable) ((__typeof__(variable) *)hooks_own(&(variable)))

/* An operand of the assembly: %[name]. */
struct rseq_register {
	const char *name;
	uint64_t value;
};

/* Runs the text to its end; the registers have the results. Fails the run on an instruction that it
 * does not know. */
void hooks_sequence(const char *text, struct rseq_register *registers, int n);

/* The CPU of the calling thread, which may have been moved since. */
unsigned hooks_cpu(void);

/* The calling thread's struct rseq. */
uint64_t hooks_rseq_self(void);

/* Replaces syscall, for membarrier, rt_sigprocmask and gettid. The second replaces the machine in
 * cpu_numbers.h. */
long hooks_syscall(long number, ...);
uint32_t hooks_cpus(void);

#define syscall hooks_syscall
#define EXTRAM_CPUS() hooks_cpus()
#define EXTRAM_CPUS_ALLOWED() hooks_cpus()

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
#ifdef RSEQ_MODEL_NONE
	return false;
#else
	return true;
#endif
}

/* The operands are those of rseq.h. */
static inline void *rseq_pop(struct rseq_slab *slabs, uint32_t cpus, uint32_t *left)
{
	struct rseq_register r[] = {
	    {"mp", 0},     {"word", 0}, {"t", RSEQ_GARBAGE}, {"at", RSEQ_GARBAGE}, {"self", hooks_rseq_self()}, {"slabs", (uintptr_t)slabs},
	    {"cpus", cpus}};
	hooks_sequence(RSEQ_BEGIN RSEQ_POP RSEQ_ABORT, r, sizeof(r) / sizeof(r[0]));
	*left = rseq_count(r[1].value);
	return (void *)(uintptr_t)r[0].value;
}

static inline bool rseq_push(struct rseq_slab *slabs, uint32_t cpus, void *mp)
{
	struct rseq_register r[] = {{"done", 0},          {"word", RSEQ_GARBAGE},      {"t", RSEQ_GARBAGE},
				    {"at", RSEQ_GARBAGE}, {"self", hooks_rseq_self()}, {"slabs", (uintptr_t)slabs},
				    {"cpus", cpus},       {"mp", (uintptr_t)mp},       {"pushed", RSEQ_PUSHED + 1}};
	hooks_sequence(RSEQ_BEGIN RSEQ_PUSH RSEQ_ABORT, r, sizeof(r) / sizeof(r[0]));
	return (uint32_t)r[0].value != 0;
}

#else
#define rseq_usable rseq_native_usable
#define rseq_pop rseq_native_pop
#define rseq_push rseq_native_push
#endif

#endif
