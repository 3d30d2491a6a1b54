/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The costs of the machine itself, in rows beside the strategies. All orders but hop's are relaxed:
 * only the cost of the instruction matters, and no data is passed.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "cpu_numbers.h"
#include "lines.h"
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

/* Each address depends on the load before. The word is 0. */
static void load(struct loops_thread *t, uint64_t pairs)
{
	_Atomic uint64_t *word = t->shared;
	for (; pairs > 0; pairs--)
		word += atomic_load_explicit(word, memory_order_relaxed);
}

static void store(struct loops_thread *t, uint64_t pairs)
{
	for (; pairs > 0; pairs--)
		atomic_store_explicit(t->shared, pairs, memory_order_relaxed);
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

#if defined(__aarch64__)
/*
 * An add whose result is used brings the line here. One without may run where the line is, in a
 * cache shared by all: the CPU chooses. gcc and clang write the second as the first, so only these
 * limits show it.
 */
static void add_near(struct loops_thread *t, uint64_t pairs)
{
	_Atomic uint64_t *word = t->shared;
	for (uint64_t old; pairs > 0; pairs--)
		__asm__ __volatile__(".arch_extension lse\n\tldadd %1, %0, [%2]" : "=r"(old) : "r"(pairs), "r"(word) : "memory");
}

static void add_far(struct loops_thread *t, uint64_t pairs)
{
	_Atomic uint64_t *word = t->shared;
	for (; pairs > 0; pairs--)
		__asm__ __volatile__(".arch_extension lse\n\tstadd %0, [%1]" : : "r"(pairs), "r"(word) : "memory");
}

static bool lse_here(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_ATOMICS) != 0;
}
#endif

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

/* clang-format off */
#define LIMIT(limit, text, loop) .name = (limit), .summary = (text), .run = (loop)
#define CALIBRATION(...) LIMIT(__VA_ARGS__), .shared = true, .calibrates = true
#define ADD(...) LIMIT(__VA_ARGS__), .here = lse_here, .calibrates = true
#define ONE_SIDED(...) CALIBRATION(__VA_ARGS__), .two = true, .lines = true, .at_once = LINES
/* clang-format on */

const struct loops_limit loops_limits[] = {
    {LIMIT("timer", "two clock reads in a row", timer)},
    {LIMIT("rmw", "one atomic add to a word that no other thread uses", rmw)},
    {LIMIT("rmw_shared", "one atomic add to a word that all threads add to", rmw), .shared = true},
    {LIMIT("exchange", "one atomic exchange of a word that no other thread uses", exchange)},
    {LIMIT("cas", "one compare and swap of a word that no other thread uses", cas)},
    {LIMIT("load_cas", "a load, then a compare and swap that depends on it", load_cas)},
    {LIMIT("hop", "a cache line's transfer from one CPU to another, by two threads taking turns", hop), .shared = true, .two = true},
    {LIMIT("mutex_pair", "lock and unlock of a pthread mutex that no other thread uses", mutex)},
    {LIMIT("rseq_local", "put and get on one per-CPU stack alone, in restartable sequences", rseq_local), .here = rseq_here},
    {LIMIT("futex_wake", "a futex wake with no sleeper", futex_wake)},
    {LIMIT("sched_yield", "sched_yield with no other runnable thread", yield)},
    {LIMIT("rt_sigprocmask", "a query of the signal mask", mask_signals)},
    {LIMIT("sigaltstack", "a query of the alternate signal stack", ask_stack)},
    {LIMIT("gettid", "the shortest system call of a callback", ask_tid)},
    {CALIBRATION("load_shared", "one load of a word that all threads load", load)},
    {CALIBRATION("store_shared", "one store to a word that all threads store to", store)},
    {CALIBRATION("exchange_shared", "one atomic exchange of a word that all threads exchange", exchange)},
    {CALIBRATION("cas_shared", "one compare and swap, failed or not, of a word that all threads swap", cas)},
    {CALIBRATION("written_line", "a round: one thread writes a line, and all others have read it", lines_written), .lines = true},
    {ONE_SIDED("load_remote", "one load of a line that another CPU wrote", lines_load)},
    {ONE_SIDED("store_remote", "one of many stores to lines that another CPU wrote", lines_store)},
    {ONE_SIDED("exchange_remote", "one atomic exchange on a line that another CPU wrote", lines_exchange)},
    {ONE_SIDED("cas_remote", "one compare and swap on a line that another CPU wrote", lines_cas)},
    {ONE_SIDED("rmw_remote", "one atomic add on a line that another CPU wrote", lines_add)},
#if defined(__aarch64__)
    {ADD("add_near", "one add whose result is used, to a word that no other thread uses", add_near)},
    {ADD("add_near_shared", "the same to a word that all threads add to", add_near), .shared = true},
    {ADD("add_far", "one add without a result, to a word that no other thread uses", add_far)},
    {ADD("add_far_shared", "the same to a word that all threads add to", add_far), .shared = true},
#endif
    {.name = NULL},
};
