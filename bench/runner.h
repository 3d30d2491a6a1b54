/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the cells' blocks in google-benchmark's order, checks each, and writes a row for each that holds. */
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
	struct distributions *distributions; /* takes what timed blocks sampled */
	struct rows *rows;                   /* takes the rows, too */
	struct progress progress;
	struct budget budget;
	uint64_t start_ns;               /* by clock_monotonic_ns */
	uint32_t ran;                    /* blocks of this round */
	const _Atomic bool *interrupted; /* set by a signal handler */
	bool hung;                       /* a block's threads never came back; the run has ended with it */
	uint32_t slot;
	uint32_t failed;  /* blocks that gave an error and no row */
	uint32_t retries; /* blocks that may still be run again */
	bool tails_lost;  /* a distribution lacks a block */
	bool schedstat;   /* the kernel tells how long threads wait for a CPU */
	/* Rows that are disturbed; of which the kernel does not tell; and without a filter, as schedstat was not there for each thread. */
	uint32_t disturbed, untold, unfiltered;
};

/* Plans the cells' blocks and runs them; alone. Returns when done, interrupted, or the file cannot be written. False: nothing was run; the
 * cause was printed. */
bool runner_run(struct runner *runner);

#endif
