/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs the cells' blocks in google-benchmark's order, checks each block, and writes a row for each
 * valid one.
 */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include "budget.h"
#include "cells.h"
#include "csv.h"
#include "machine.h"
#include "progress.h"
#include "rows.h"

struct runner {
	struct cells *cells;
	const struct options *options;
	const struct topology *topology;
	const struct machine *machine;
	const char *run_id;
	struct csv *csv;
	struct distributions *distributions; /* receives the samples of timed blocks */
	struct rows *rows;                   /* receives the rows as well */
	struct progress progress;
	struct budget budget;
	double spent_s;                  /* of the run's time, before the first block */
	uint64_t start_ns;               /* by clock_monotonic_ns */
	uint32_t ran;                    /* blocks run in this round */
	const _Atomic bool *interrupted; /* set by a signal handler */
	bool hung;                       /* a block hung, which ended the run */
	uint32_t slot;
	uint32_t failed;  /* blocks that failed and have no row */
	uint32_t retries; /* remaining reruns of disturbed blocks */
	bool tails_lost;  /* the distributions lack a block's samples */
	bool schedstat;   /* the kernel reports how long threads wait for a CPU */
	/*
	 * Number of rows that are disturbed, unknown, and without clean windows because schedstat
	 * was missing.
	 */
	uint32_t disturbed, untold, unfiltered;
};

/* The time that the options give to a run, in seconds; 0: no limit. */
double runner_seconds(const struct options *options);

/* About how many seconds the cells take; 0: no memory. Sets their blocks, as runner_run does. */
double runner_estimate(struct cells *cells, const struct options *options);

/*
 * Plans and runs the cells' blocks. Not thread-safe. Returns when all are done, when interrupted,
 * or when the file cannot be written. False: nothing was run; the cause was printed.
 */
bool runner_run(struct runner *runner);

#endif
