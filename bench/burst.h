/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst: threads that arrive at the same time. Each thread is created, bound to its CPU and held
 * at a gate. When the gate opens, each thread enters, stays until the last one has entered, and
 * leaves.
 */
#ifndef BENCH_BURST_H
#define BENCH_BURST_H

#include <pthread.h>
#include <stdatomic.h>

#include "topology.h"
#include "usage.h"

enum burst_phase { BURST_GATE, BURST_GET, BURST_SCHEDULE, BURST_REFILL, BURST_INSIDE, BURST_OUT, BURST_DONE };

struct burst;

struct burst_guest {
	struct burst *burst;
	void *context; /* the plan's */
	pthread_t thread;
	uint32_t index;
	bool bound;
	_Atomic enum burst_phase phase; /* for the watchdog */
	uint64_t in;                    /* ticks when it had entered */
	struct usage used;
};

struct burst_plan {
	/*
	 * Runs in each thread. Reports its progress, and calls burst_stay once, when it has
	 * entered.
	 */
	void (*visit)(struct burst_guest *guest);
	void *context;
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint32_t patience_ms; /* time without any thread entering or leaving before it counts as hung; 0: a minute */
};

enum burst_status {
	BURST_COMPLETE,
	BURST_FAILED, /* no memory or no threads; everything is freed */
	BURST_HUNG,   /* threads are still running: what they use must stay valid, so the process should exit */
};

struct burst_result {
	uint32_t bound;
	double all_in_ms;       /* from the opening of the gate until the last thread had entered, by that thread's clock */
	uint64_t wall_ns;       /* until the last thread had left */
	uint64_t cpu_ns;        /* of the threads, since their creation */
	uint64_t nvcsw, nivcsw; /* the same */
};

/*
 * Runs a burst. Not thread-safe. On any status but BURST_DONE, the cause was printed; for a hung
 * burst, the message tells where each thread is.
 */
enum burst_status burst_run(const struct burst_plan *plan, struct burst_result *result);

/* For visit: reports what the thread is doing, for the watchdog's message. */
static inline void burst_phase(struct burst_guest *guest, enum burst_phase phase)
{
	/* relaxed: diagnostics only. */
	atomic_store_explicit(&guest->phase, phase, memory_order_relaxed);
}

/* For visit, once, when the thread has entered. Sleeps until all threads have. */
void burst_stay(struct burst_guest *guest);

#endif
