/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The costs of the machine itself, in rows beside the strategies. All orders but hop's are relaxed:
 * only the cost of the instruction matters, and no data is passed.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "cpu_numbers.h"
#include "loops.h"
#include "rseq.h"

/* The kernel's size of a signal set, which differs from glibc's. */
#define SIGSET_BYTES 8

static void timer(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	for (; pairs > 0; pairs--) {
		uint64_t begin = clock_begin();
		uint64_t ticks = clock_end() - begin;
		__asm__ __volatile__("" : : "r"(ticks));
	}
}

static void rmw(struct loops_thread *t, uint64_t pairs)
{
	for (; pairs > 0; pairs--)
		atomic_fetch_add_explicit(t->shared, 1, memory_order_relaxed);
}

static void exchange(struct loops_thread *t, uint64_t pairs)
{
	for (; pairs > 0; pairs--)
		atomic_exchange_explicit(t->shared, pairs, memory_order_relaxed);
}

/* The expected value is known, so the exchange does not wait for a load. */
static void cas(struct loops_thread *t, uint64_t pairs)
{
	uint64_t value = atomic_load_explicit(t->shared, memory_order_relaxed);
	for (; pairs > 0; pairs--)
		if (atomic_compare_exchange_strong_explicit(t->shared, &value, value + 1, memory_order_relaxed, memory_order_relaxed))
			value++;
}

static void load_cas(struct loops_thread *t, uint64_t pairs)
{
	for (; pairs > 0; pairs--) {
		uint64_t value = atomic_load_explicit(t->shared, memory_order_relaxed);
		atomic_compare_exchange_strong_explicit(t->shared, &value, value + 1, memory_order_relaxed, memory_order_relaxed);
	}
}

/* More polls than any transfer needs: the other thread has stopped or lost its CPU. */
#define HOP_LOOKS 100000

/*
 * The transfer of a cache line between two CPUs. Each thread waits until the other has written,
 * then writes, so each round has two transfers. The first round of a batch need not wait; that is
 * one in hundreds.
 */
static void hop(struct loops_thread *t, uint64_t pairs)
{
	uint64_t mine = UINT64_MAX, value;
	for (; pairs > 1; pairs -= 2) {
		uint32_t looks = 0;
		/* acquire and release: they pair with the other thread's, as in a hand-over. */
		while ((value = atomic_load_explicit(t->shared, memory_order_acquire)) == mine && ++looks < HOP_LOOKS)
			;
		mine = value + 1;
		atomic_store_explicit(t->shared, mine, memory_order_release);
	}
}

static void mutex(struct loops_thread *t, uint64_t pairs)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	(void)t;
	for (; pairs > 0; pairs--) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
}

#define RSEQ_CPUS 8192 /* the most of any kernel */
static struct rseq_slab slabs[RSEQ_CPUS];

static bool rseq_here(void)
{
	return rseq_usable() && EXTRAM_CPUS() <= RSEQ_CPUS;
}

/* Inlined, as a strategy's get and put are. This is the least that a per-CPU list costs. */
EXTRAM_INLINE void *local_get(struct rseq_slab *of, uint32_t cpus, bool *last)
{
	uint32_t left;
	void *mp = rseq_pop(of, cpus, &left);
	*last = left == 0;
	return mp;
}

EXTRAM_INLINE bool local_put(struct rseq_slab *of, uint32_t cpus, void *mp)
{
	return rseq_push(of, cpus, mp);
}

/*
 * Another thread of this CPU may act between a put and a get. So puts back what it took, or t if it
 * took nothing.
 */
static void rseq_local(struct loops_thread *t, uint64_t pairs)
{
	void *mp = t;
	bool last;
	for (; pairs > 0; pairs--)
		if (!local_put(slabs, RSEQ_CPUS, mp) || (mp = local_get(slabs, RSEQ_CPUS, &last)) == NULL)
			mp = t;
}

static void futex_wake(struct loops_thread *t, uint64_t pairs)
{
	uint32_t word = 0;
	(void)t;
	for (; pairs > 0; pairs--)
		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
}

static void yield(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	for (; pairs > 0; pairs--)
		sched_yield();
}

static void mask_signals(struct loops_thread *t, uint64_t pairs)
{
	uint64_t old;
	(void)t;
	for (; pairs > 0; pairs--)
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &old, SIGSET_BYTES);
}

static void ask_stack(struct loops_thread *t, uint64_t pairs)
{
	stack_t old;
	(void)t;
	for (; pairs > 0; pairs--)
		sigaltstack(NULL, &old);
}

static void ask_tid(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	for (; pairs > 0; pairs--)
		syscall(SYS_gettid);
}

const struct loops_limit loops_limits[] = {
    {"timer", "two clock reads in a row", timer, false, false, NULL},
    {"rmw", "one atomic add to a word that no other thread uses", rmw, false, false, NULL},
    {"rmw_shared", "one atomic add to a word that all threads add to", rmw, true, false, NULL},
    {"exchange", "one atomic exchange of a word that no other thread uses", exchange, false, false, NULL},
    {"cas", "one compare and swap of a word that no other thread uses", cas, false, false, NULL},
    {"load_cas", "a load, then a compare and swap that depends on it", load_cas, false, false, NULL},
    {"hop", "a cache line's transfer from one CPU to another, by two threads taking turns", hop, true, true, NULL},
    {"mutex_pair", "lock and unlock of a pthread mutex that no other thread uses", mutex, false, false, NULL},
    {"rseq_local", "put and get on one per-CPU stack alone, in restartable sequences", rseq_local, false, false, rseq_here},
    {"futex_wake", "a futex wake with no sleeper", futex_wake, false, false, NULL},
    {"sched_yield", "sched_yield with no other runnable thread", yield, false, false, NULL},
    {"rt_sigprocmask", "a query of the signal mask", mask_signals, false, false, NULL},
    {"sigaltstack", "a query of the alternate signal stack", ask_stack, false, false, NULL},
    {"gettid", "the shortest system call of a callback", ask_tid, false, false, NULL},
    {NULL, NULL, NULL, false, false, NULL},
};
