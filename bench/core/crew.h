/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A crew: threads that are created, bound to CPUs, started together, watched, joined and added up.
 * Every block runs on one. What a thread does is its body.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "counters.h"
#include "extram.h"
#include "topology.h"
#include "usage.h"

/* How a block ended, of whatever kind. */
enum block_status {
	BLOCK_DONE,
	BLOCK_NOISY,  /* done, but disturbed by a workload's own rule, which uses the kernel's figures: retry */
	BLOCK_FAILED, /* the cause was printed and everything is freed */
	BLOCK_HUNG,   /* threads are still running: what they use must stay valid, so the process should exit; their state was printed */
};

struct crew;

/* What the crew knows of a thread. Only that thread writes it. On cache lines of its own. */
struct crew_thread {
	_Alignas(EXTRAM_APART) struct crew *crew;
	void *context; /* the plan's */
	pthread_t thread;
	uint32_t index;
	bool bound, failed;              /* failed: the body could not be set up */
	uint64_t begin;                  /* ticks of the common start, after crew_ready */
	uint64_t end;                    /* ticks; set by the body when its measured part is over */
	struct usage used;               /* set by the body, see crew_usage_begin */
	uint64_t run_wait_ns;            /* the same; UINT64_MAX: unknown */
	struct counters_thread counters; /* the same */
	_Atomic(const char *) phase;     /* phase and the next: for the watchdog */
	_Atomic uint64_t pairs;
};

struct crew_plan {
	/* Runs in each thread. Calls crew_ready once. In a burst it then calls crew_meet once. */
	void (*body)(struct crew_thread *t);
	void *context;
	size_t bytes; /* of each thread's struct, which begins with a crew_thread; 0: it is that alone */
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint32_t block_ms;    /* planned length */
	uint32_t patience_ms; /* see crew_run; 0: a minute */
	/* The start is when all threads are ready. Otherwise it is later, when all are awake. */
	bool burst;
};

/* Over all threads. */
struct crew_total {
	uint32_t bound;
	uint64_t pairs;
	uint64_t wall_ns;   /* from the start to the last thread's end */
	uint64_t thread_ns; /* sum of each thread's time from start to end, less run_wait_ns: running, or asleep by choice */
	uint64_t cpu_ns, nvcsw, nivcsw;
	uint64_t run_wait_ns, steal_ns; /* UINT64_MAX: unknown */
	uint64_t most_wait_ns;          /* largest run_wait_ns of a thread; UINT64_MAX: unknown */
	double jain;                    /* see crew_jain */
	struct counters_total counters; /* of counters_in_use */
};

/* Makes a crew with zeroed threads and a copy of the plan. NULL: the cause was printed. */
struct crew *crew_new(const struct crew_plan *plan);

/* All threads must have been joined. NULL is allowed. */
void crew_free(struct crew *crew);

/* The struct of a thread. */
void *crew_at(const struct crew *crew, uint32_t index);

/*
 * Starts the threads, waits for them and joins them. Call once; not thread-safe. The watchdog: the
 * crew hangs if no thread becomes ready, meets or ends for the block's length and the patience. It
 * may take twice that to say so.
 */
enum block_status crew_run(struct crew *crew, struct crew_total *total);

/*
 * Jain's fairness index (R. Jain and others, DEC TR-301, 1984) of the threads' pairs, from their
 * sum and the sum of their squares. NAN: no pairs.
 */
double crew_jain(double sum, double squares, uint32_t threads);

/* For the body: waits for the start. False: there is none, since a thread could not be created. */
bool crew_ready(struct crew_thread *t);

/* For the body: sleeps until all threads of the crew have come here. */
void crew_meet(struct crew_thread *t);

/*
 * For the body: used, run_wait_ns and counters are what the thread uses between these calls.
 * schedstat is from usage_open_schedstat.
 */
void crew_usage_begin(struct crew_thread *t, int schedstat);
void crew_usage_end(struct crew_thread *t, int schedstat);

/* For the body: what the thread does, for the watchdog's message. The text stays valid. */
static inline void crew_phase(struct crew_thread *t, const char *does)
{
	/* relaxed: diagnostics only. */
	atomic_store_explicit(&t->phase, does, memory_order_relaxed);
}

static inline uint64_t crew_pairs(const struct crew_thread *t)
{
	/* relaxed: diagnostics only while the thread runs; after its end, the join orders it. */
	return atomic_load_explicit(&t->pairs, memory_order_relaxed);
}

/* For the body. */
static inline void crew_add_pairs(struct crew_thread *t, uint64_t pairs)
{
	/* relaxed: only this thread writes it. */
	atomic_store_explicit(&t->pairs, crew_pairs(t) + pairs, memory_order_relaxed);
}

#endif
