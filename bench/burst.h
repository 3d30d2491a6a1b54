/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that come at once: born and bound, held at a gate, let go together; each goes in, stays until the last one is in, and comes out.
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
	uint64_t in;                    /* ticks, when it was inside */
	struct usage used;
};

struct burst_plan {
	/* What each does in its thread: says how far it is, and calls burst_stay once, when it is in. */
	void (*visit)(struct burst_guest *guest);
	void *context;
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint32_t patience_ms; /* without one more that is in, or out, before it counts as hung; 0 for a minute */
};

enum burst_status {
	BURST_COMPLETE,
	BURST_FAILED, /* no memory, or no threads; all is freed */
	BURST_HUNG,   /* threads are still inside: what they use must stay, so the process had better end */
};

struct burst_result {
	uint32_t bound;
	double all_in_ms;       /* from the opening of the gate until the last one was in, by its own clock */
	uint64_t wall_ns;       /* until the last one was out */
	uint64_t cpu_ns;        /* of the threads, from their birth */
	uint64_t nvcsw, nivcsw; /* the same */
};

/* Runs it. Alone. Not complete: the cause was printed; for a hung burst, where each thread is. */
enum burst_status burst_run(const struct burst_plan *plan, struct burst_result *result);

/* For visit: what the thread does now, for people. */
static inline void burst_phase(struct burst_guest *guest, enum burst_phase phase)
{
	/* relaxed: a word for people. */
	atomic_store_explicit(&guest->phase, phase, memory_order_relaxed);
}

/* For visit, once: the thread is in. Sleeps until all are. */
void burst_stay(struct burst_guest *guest);

#endif
