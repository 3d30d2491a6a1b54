/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs of the program with a made-up workload and a made-up judge of the environment. Each has a
 * process of its own, since google-benchmark forgets no benchmark.
 */
#ifndef TESTS_BENCH_MADE_UP_RUN_H
#define TESTS_BENCH_MADE_UP_RUN_H

#include "crooked.h"
#include "environment.h"
#include "workload.h"

#define MADE_UP_CELLS 40
#define MADE_UP_BLOCKS 200

/* What a run left. */
struct made_up_report {
	uint32_t order[MADE_UP_BLOCKS]; /* cells, as their blocks were run */
	uint32_t runs;
	uint32_t runs_of[MADE_UP_BLOCKS];   /* of each repetition of the first cell */
	struct csv_row row[MADE_UP_BLOCKS]; /* without their texts */
	uint32_t rows;
	bool ok, hung;
	uint32_t failed, retries, disturbed;
	struct environment_block judged; /* the last one */
	char said[4096];
};

extern struct made_up_report *made_up_report;
extern struct topology *made_up_topology;
extern struct cell made_up_cells[MADE_UP_CELLS];
extern struct workload made_up_workload;
/* What becomes of a block. The report counts it already. */
extern enum block_status (*made_up_script)(const struct workload_run *run);
extern int made_up_verdict; /* of the environment */

/* Calibrates the clock, and makes room for the report. False: it cannot. */
bool made_up_run_begin(void);

/* A cmocka setup: every block is done and quiet. */
int made_up_run_reset(void **state);

/* Runs the first cells, each so many times. Asserts that a run was possible. */
void made_up_run_cells(uint32_t cells, uint32_t repetitions);

#endif
