/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a get waits for an m and a put wakes it, and how a thread waits for a held lock. For
 * strategies: a runtime that uses a list need not include it.
 */
#ifndef EXTRAM_WAIT_H
#define EXTRAM_WAIT_H

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "extram.h"

/*
 * How a waiting thread waits. To use a scheduler of your own, or an explorer of interleavings,
 * define these before you include this file. EXTRAM_YIELD is Go's osyield and EXTRAM_USLEEP its
 * usleep: both are real system calls.
 */
#ifndef EXTRAM_YIELD
#define EXTRAM_YIELD() ((void)sched_yield())
#endif
#ifndef EXTRAM_USLEEP
#define EXTRAM_USLEEP(us) ((void)nanosleep(&(const struct timespec){.tv_nsec = (us)*1000L}, NULL))
#endif

/* Where counters, turns and tags begin that may wrap around. A test lets them begin near their
 * end. */
#ifndef EXTRAM_COUNT_FROM
#define EXTRAM_COUNT_FROM UINT32_C(0)
#endif

/* Go's procyield, once: tells the CPU that the thread spins. */
#ifndef EXTRAM_PAUSE
#if defined(__x86_64__)
#define EXTRAM_PAUSE() __asm__ __volatile__("pause")
#elif defined(__aarch64__)
/*
 * isb takes as long as x86's pause; yield does nothing on most CPUs. wfe sleeps until an event. No
 * store is announced here, so that is the next tick of the kernel's event stream, 100 us at most.
 * Without HWCAP_EVTSTRM it is the next interrupt.
 */
#ifndef EXTRAM_ARM64_PAUSE
#define EXTRAM_ARM64_PAUSE "isb"
#endif
#define EXTRAM_PAUSE() __asm__ __volatile__(EXTRAM_ARM64_PAUSE)
#else
#define EXTRAM_PAUSE() ((void)0)
#endif
#endif

/* How often extram_spin looks at a held lock before it yields the CPU. An explorer needs none. */
#ifndef EXTRAM_SPINS
#define EXTRAM_SPINS 100
#endif

/* How a get waits for an m, chosen when a strategy is compiled: see extram_wait. */
#define EXTRAM_WAIT_POLL 0
#define EXTRAM_WAIT_BACKOFF 1
#define EXTRAM_WAIT_FUTEX 2
#ifndef EXTRAM_WAIT
#define EXTRAM_WAIT EXTRAM_WAIT_POLL
#endif
#if EXTRAM_WAIT == EXTRAM_WAIT_FUTEX
#define EXTRAM_WAITING "futex"
#elif EXTRAM_WAIT == EXTRAM_WAIT_BACKOFF
#define EXTRAM_WAITING "backoff"
#else
#define EXTRAM_WAITING "poll"
#endif
/* futex(2): sleep while the word has that value; wake up to count threads that sleep on the
 * word. */
#ifndef EXTRAM_FUTEX_WAIT
#define EXTRAM_FUTEX_WAIT(word, value) ((void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL))
#define EXTRAM_FUTEX_WAKE(word, count) ((void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count))
#endif

/* The address of a thread-local variable, for other threads to use. An explorer that runs threads
 * as fibers defines its own. */
#ifndef EXTRAM_OWN
#define EXTRAM_OWN(variable) (&(variable))
#endif

/*
 * One round of waiting for a thread that will be done in a few instructions, unless it has lost its
 * CPU. *rounds starts at zero. Go's procyield, then its osyield: without osyield, the spinning
 * threads would keep that thread off its CPU.
 */
static inline void extram_spin(uint32_t *rounds)
{
	if (*rounds == EXTRAM_SPINS) {
		EXTRAM_YIELD();
		return;
	}
	++*rounds;
	EXTRAM_PAUSE();
}

/* Call it from init. */
static inline void extram_init(struct extram_list *list)
{
	atomic_init(&list->waiters, 0);
	atomic_init(&list->sleepers, 0);
	atomic_init(&list->puts, EXTRAM_COUNT_FROM);
}

/* The state of one get that waits. All zero at the start. */
struct extram_waiter {
	uint32_t rounds;
	uint32_t puts; /* for EXTRAM_WAIT_FUTEX: the value of puts before the last look at the list */
};

/* For EXTRAM_WAIT_FUTEX: sleeps until a put. Returns at once if a put came since the last look. */
static inline void extram_sleep(struct extram_list *list, struct extram_waiter *w)
{
	if (w->rounds++ > 0)
		EXTRAM_FUTEX_WAIT(&list->puts, w->puts);
	else
		/* relaxed: the fence below orders it. */
		atomic_fetch_add_explicit(&list->sleepers, 1, memory_order_relaxed);
	/* acquire: pairs with the release in extram_wake. A getter that reads the new value of puts
	 * sees that put's m. (The fences are enough, but ThreadSanitizer does not know fences.) */
	w->puts = atomic_load_explicit(&list->puts, memory_order_acquire);
	/* seq_cst: Dekker's pattern with the fence in extram_wake. Here: announce, fence, look at
	 * the list. There: push, fence, look for sleepers. One fence comes first. The thread with
	 * the second fence sees what the other wrote before the first, so no m goes unseen. */
	atomic_thread_fence(memory_order_seq_cst);
}

/* A get that must wait calls this once. */
static inline void extram_count(struct extram_list *list)
{
	/* relaxed: the count only decides how many ms newextram makes. A get that it missed is
	 * served by a put. */
	atomic_fetch_add_explicit(&list->waiters, 1, memory_order_relaxed);
}

/*
 * One round of waiting in a get that found no m; the caller then looks again. Each get is counted
 * once. Polling sleeps 1 us, as Go's lockextra does. Backoff doubles the sleep up to 1 ms. A futex
 * sleeps in the kernel until a put; its first round does not sleep.
 */
static inline void extram_wait(struct extram_list *list, struct extram_waiter *w)
{
	if (w->rounds == 0)
		extram_count(list);
	if (EXTRAM_WAIT == EXTRAM_WAIT_FUTEX)
		extram_sleep(list, w);
	else if (EXTRAM_WAIT == EXTRAM_WAIT_BACKOFF)
		EXTRAM_USLEEP(1L << (w->rounds < 10 ? w->rounds++ : 10));
	else
		EXTRAM_USLEEP(w->rounds = 1);
}

/* Ends the waiting of a get that has its m. Call it once. */
static inline void extram_waited(struct extram_list *list, const struct extram_waiter *w)
{
	if (EXTRAM_WAIT == EXTRAM_WAIT_FUTEX && extram_unlikely(w->rounds > 0))
		/* relaxed: a count that is too high costs a put one system call, nothing more. */
		atomic_fetch_sub_explicit(&list->sleepers, 1, memory_order_relaxed);
}

/* Wakes one sleeping get. Call it at the end of put, when other threads can get the m. */
static inline void extram_wake(struct extram_list *list)
{
	if (EXTRAM_WAIT != EXTRAM_WAIT_FUTEX)
		return;
	/* seq_cst: pairs with the fence in extram_sleep, where the argument is. */
	atomic_thread_fence(memory_order_seq_cst);
	/* relaxed: the fence orders it. */
	if (extram_likely(atomic_load_explicit(&list->sleepers, memory_order_relaxed) == 0))
		return;
	/* release: pairs with the acquire in extram_sleep. */
	atomic_fetch_add_explicit(&list->puts, 1, memory_order_release);
	EXTRAM_FUTEX_WAKE(&list->puts, 1);
}

#endif
