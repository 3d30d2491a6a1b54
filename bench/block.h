/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block: so many threads run one loop for a fixed time, each until the time is over, so that no fast thread leaves a slow one to run
 * alone; or each for a fixed number of pairs, to compare two builds by the time that the same work takes. The time is cut into windows; one
 * in which any thread waited for a CPU for more than 1 % is not clean and does not count.
 */
#ifndef BENCH_BLOCK_H
#define BENCH_BLOCK_H

#include "histogram.h"
#include "loops.h"
#include "topology.h"

struct block_plan {
	loops_run *run;
	struct needm_runtime *rt; /* NULL for limits */
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint64_t hold_ns, think_ns;
	uint32_t block_ms, window_us;
	uint64_t pairs;            /* each thread does so many, however long it takes; 0: until block_ms are over */
	uint64_t plant_ps;         /* work added to every pair of a loop of kind LOOPS_PLANT, in picoseconds */
	bool timed;                /* the loop samples latencies */
	bool shared;               /* a limit on one word */
	const _Atomic bool *abort; /* ends the block early when it becomes true */
	uint32_t patience_ms;      /* beyond the block's length, before it counts as hung; 0 for a minute */
	/* In each thread, around its time in the loop; may be NULL. False from enter: its cause was printed, the block fails, no leave. */
	bool (*enter)(struct loops_thread *t);
	void (*leave)(struct loops_thread *t);
};

enum block_status {
	BLOCK_DONE,
	BLOCK_FAILED, /* no memory, no threads, or no pair by any of them; all is freed */
	BLOCK_HUNG,   /* threads are still inside: what they use must stay, so the process had better end */
};

/* Unknown values are NAN, or UINT64_MAX for the counts that may be. */
struct block_result {
	uint32_t bound;
	uint32_t windows;
	uint64_t windows_clean; /* UINT64_MAX: threads outnumber CPUs, or the kernel does not tell */
	uint64_t pairs, wall_ns;
	double ns_per_pair, pairs_per_s;               /* of the clean windows; NAN if there are too few */
	double cpu_ns_per_pair, jain;                  /* NAN without pairs */
	uint64_t nvcsw, nivcsw, run_wait_ns, steal_ns; /* run_wait_ns and steal_ns UINT64_MAX: unknown */
	uint64_t thread_ns; /* from the start to each thread's end, summed, less known run_wait_ns: running, or asleep by its own will */
};

/* Jain's fairness index (R. Jain and others, DEC TR-301, 1984) of the threads' pairs, by their sum and that of their squares. NAN: none. */
double block_jain(double sum, double squares, uint32_t threads);

/*
 * Runs it: makes the threads, binds them, waits for them. Alone. histogram takes the samples of all threads; may be NULL if not timed.
 * Not done: the cause was printed; for a hung block, where each thread is and how far it came. An aborted block is complete as far as it
 * came.
 */
enum block_status block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram);

#endif
