/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads of a test, and the watchdog that reports where they are when nothing moves. */
#ifndef CREW_H
#define CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREW_MAX 1024 /* the most threads that one test starts */

struct worker {
	pthread_t thread;
	unsigned id;   /* from 1, unique in the test; the main thread's is CREW_MAIN */
	unsigned rank; /* 0 .. of - 1, in its crew */
	unsigned of;
	uint64_t random;
	void *arg;
	void (*run)(struct worker *w);
	const char *_Atomic phase;   /* for the watchdog: what it is doing */
	_Atomic uint64_t operations; /* for the watchdog: how often it succeeded */
};

#define CREW_MAIN (CREW_MAX + 1)

/* Stops the whole test program, with the reason. Any thread may use it; a test framework's long
 * jump works only in the main thread. */
#define check(ok, ...)                                                                                                                     \
	do {                                                                                                                               \
		if (__builtin_expect(!(ok), 0))                                                                                            \
			crew_fail(__FILE__, __LINE__, __VA_ARGS__);                                                                        \
	} while (0)
_Noreturn void crew_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Begins a test. From here on, some thread must succeed with something every EXTRAM_TEST_DEADLINE
 * seconds (an environment variable; default 60), and the main thread within four times that.
 * Otherwise the program reports where every thread is, and aborts. Returns the main thread's
 * worker.
 */
struct worker *crew_watch(const char *test);

/* Starts n threads; join waits for them. A thread of one crew may start another crew. */
struct worker *crew_start(unsigned n, void (*run)(struct worker *w), void *arg);
void crew_join(struct worker *first);

/* Like crew_join, but sets *stop after that many seconds if the crew has not ended. The crew must
 * read it. */
void crew_join_or_stop(struct worker *first, unsigned seconds, _Atomic bool *stop);

/* Starts a crew and joins it. */
void crew_run(unsigned n, void (*run)(struct worker *w), void *arg);

/* Waits until all threads of the crew are here. */
struct crew_gate {
	_Atomic uint32_t arrived;
};
void crew_meet(struct crew_gate *gate, unsigned of);

/* The CPUs that this process may use: how many, and the nth. */
unsigned crew_cpus(void);
int crew_cpu(unsigned n);

/* Confines a thread to one CPU of crew_cpu; -1: to none. Returns 0 or an error of
 * pthread_setaffinity_np. */
int crew_move(pthread_t thread, int cpu);

/* The same for the calling thread. */
void crew_pin(int cpu);

/* The number of threads for a test that needs more threads than CPUs: at least a few, and not
 * hundreds. */
unsigned crew_size(void);

static inline void worker_phase(struct worker *w, const char *phase)
{
	/* relaxed: diagnostics only. */
	atomic_store_explicit(&w->phase, phase, memory_order_relaxed);
}

static inline void worker_done(struct worker *w)
{
	/* relaxed, both: only this thread writes it, and the watchdog needs nothing but the
	 * number. */
	uint64_t n = atomic_load_explicit(&w->operations, memory_order_relaxed);
	atomic_store_explicit(&w->operations, n + 1, memory_order_relaxed);
}

/* Marsaglia's xorshift64*. */
static inline uint32_t worker_random(struct worker *w)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return (uint32_t)((w->random * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

#endif
