/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real runtimes: Go itself, as rows beside the strategies. bench/go builds a C library of each Go that there is; this loads one and runs
 * a workload on it with the harness' own threads. A process has one Go runtime for good, and its list cannot be made anew: so every block
 * runs in a forked process of its own, which begins with a list that holds one m, as Go's does.
 */
#ifndef BENCH_REAL_H
#define BENCH_REAL_H

#include "callback/callback.h"
#include "loops.h"
#include "workload.h"

struct real {
	struct loops loops;  /* of level callback; the strategy has a name, a summary and a way to wait, and no operations */
	const char *version; /* in full, such as go1.19.8 */
};

/* Of this build, oldest first, ended by one without a version. */
extern const struct real real_all[];

/* The library of this process. Set in a block's process alone. */
struct real_library {
	void (*callback)(void);                            /* empty */
	void (*call)(extram_go_inside *inside, void *arg); /* back in C */
	struct extram_go_facts facts;
};
extern struct real_library real_library;

/*
 * Runs cell->workload->run_real in a process of its own, on cell->real. Alone, from a process with one thread. A block that hangs or
 * crashes ends with its process and is WORKLOAD_FAILED: the cause was printed, and others may run.
 */
enum workload_status real_run(struct workload_run *run);

/* The workload coldburst's run_real. */
enum workload_status real_coldburst(struct workload_run *run);

/* For run_real, when no thread is in a callback. The list's own columns: ms_created, ms_retained, variant. */
void real_fill(struct csv_row *row, const struct real *real);

/* The same; grows the list to so many ms, by as many callbacks at once. False: the cause was printed. */
bool real_prefill(uint32_t ms);

/* The same, at the end of a block: Go never frees an m, so none may be missing. False: the cause was printed. */
bool real_conserved(const struct real *real, uint32_t least);

#endif
