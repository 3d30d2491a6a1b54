/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block runs one loop on several threads.
 *
 * Usually it lasts a fixed time. All threads run until the end, so a fast thread never leaves a
 * slow one to run alone. Alternatively each thread runs a fixed number of pairs, to compare two
 * builds by the time that the same work takes.
 *
 * The time is divided into windows. A window is clean if no thread waited for a CPU for more than
 * 1 % of it. Only clean windows count. If each thread has a core of its own, and no events are
 * counted, it probes the CPU's pace after each batch. Batches during which something else used the
 * core count only if there are too few others.
 */
#ifndef BENCH_BLOCK_H
#define BENCH_BLOCK_H

#include "crew.h"
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
	uint64_t pairs;            /* pairs that each thread runs; 0: run for block_ms */
	uint64_t plant_ps;         /* picoseconds of work added to every pair of a LOOPS_PLANT loop */
	bool timed;                /* the loop samples latencies */
	bool shared;               /* a limit whose threads share one word */
	const _Atomic bool *abort; /* ends the block early when it becomes true */
	uint32_t patience_ms;      /* see crew_run; 0: a minute */
	/*
	 * Each thread calls enter before its loop and leave after it. May be NULL. t->context is
	 * the plan's until enter changes it. False from enter: the cause was printed, the block
	 * fails, and leave is not called.
	 */
	bool (*enter)(struct loops_thread *t);
	void (*leave)(struct loops_thread *t);
	void *context; /* must stay valid for a hung block's threads */
};

/* Unknown values are NAN, or UINT64_MAX for counts marked so. */
struct block_result {
	struct crew_total total;
	uint32_t windows;
	uint64_t windows_clean;          /* UINT64_MAX: more threads than CPUs, or the kernel does not report it */
	uint64_t windows_alone;          /* clean ones in which every thread had its core alone; UINT64_MAX: unknown */
	double ns_per_pair, pairs_per_s; /* over the clean windows; NAN: too few */
	double cpu_ns_per_pair;          /* NAN without pairs */
};

/*
 * Runs a block: creates its threads, binds them and waits for them. Not thread-safe. histogram
 * receives the samples of all threads; it may be NULL if the block is not timed.
 *
 * On any status but BLOCK_DONE, the cause was printed; for a hung block, the message tells where
 * each thread is. The result of an aborted block covers the time until the abort.
 */
enum block_status block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram);

#endif
