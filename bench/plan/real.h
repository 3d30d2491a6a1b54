/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real runtimes: Go itself, measured beside the strategies. bench/go builds a C library with each
 * installed Go. This loads one and runs a workload on it with the harness's threads.
 *
 * A process can load only one Go runtime, and cannot reset its list. So every block runs in a
 * forked process. Its list starts with one m, as in every Go program.
 */
#ifndef BENCH_REAL_H
#define BENCH_REAL_H

#include "callback/callback.h"
#include "loops.h"
#include "workload.h"

struct real {
	struct loops loops;  /* at level callback; the strategy has a name, a summary and a way to wait, but no operations */
	const char *version; /* full version, such as go1.19.8 */
};

/* The real runtimes of this build, oldest first. Ends with a NULL version. */
extern const struct real real_all[];

/* The library of this process. Set only in a block's process. */
struct real_library {
	void (*callback)(void);                            /* empty */
	void (*call)(extram_go_inside *inside, void *arg); /* calls inside, in C, from Go */
	struct extram_go_facts facts;
};
extern struct real_library real_library;

/*
 * Runs cell->workload->run_real on cell->real, in a forked process. The calling process must have
 * only one thread. A block that hangs or crashes ends with its process. The status is then
 * BLOCK_FAILED, the cause was printed, and later blocks can run.
 */
enum block_status real_run(struct workload_run *run);

/*
 * For run_real: grows the list to the cell's prefill, by as many concurrent callbacks, calls the
 * body without a rig, checks that no m is missing (Go never frees one), and fills ms_created,
 * ms_retained and variant.
 */
enum block_status real_on_list(struct workload_run *run, workload_body *body, size_t bytes);

/* The body of coldburst on a real runtime. */
enum block_status real_coldburst(struct workload_run *run, struct rig *rig, void *context);

/* Grows the list to that many ms. False: the cause was printed. */
bool real_prefill(uint32_t ms);

#endif
