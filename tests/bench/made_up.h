/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A made-up machine for tests of rows: clock, CPU time and samples. A tick has half a nanosecond,
 * so that ticks and nanoseconds cannot be mixed up. A test adds its own block_run, burst_run or
 * players_run, whose results are made up as well.
 */
#ifndef TESTS_BENCH_MADE_UP_H
#define TESTS_BENCH_MADE_UP_H

#include "crooked.h"
#include "usage.h"
#include "workload.h"

#define MADE_UP_MS 3 /* on the list */

/* What the clock says, and what it grows by with each look at it. */
extern uint64_t made_up_ns, made_up_step_ns;
/* The CPU time and context switches of the process so far, and what each look at them adds. */
extern struct usage made_up_used, made_up_more;
extern struct topology *made_up_topology;

/* Reads the topology. False: the cause was printed. */
bool made_up_begin(void);

/* A cell of one thread without hold and think. */
struct cell made_up_cell(const struct workload *workload, enum rig_level level);

/* Runs the cell's workload on an empty row, as the runner does, or its form for a real runtime. */
enum block_status made_up_run(const struct cell *cell, struct csv_row *row);

/* The samples that the last run left for the .hgrm. */
extern struct histogram made_up_samples;

/* How often each of six values comes: enough for every percentile. */
#define MADE_UP_VALUES 6
extern const uint32_t made_up_times[MADE_UP_VALUES];

/* The i-th value in ticks, of samples that begin at first, which is below 190 and even. */
uint64_t made_up_value(uint64_t first, int i);

/* Adds the samples to a histogram. */
void made_up_tail(struct histogram *h, uint64_t first);

/* Asserts that the percentiles, in ns, are those of these samples. */
void made_up_expect(const double quantiles[MADE_UP_VALUES], uint64_t first);
void made_up_expect_times(const struct csv_row *row, uint64_t first);
void made_up_expect_responses(const struct csv_row *row, uint64_t first);

/* Asserts that two numbers are equal, but for rounding. */
void made_up_near(double value, double expected);

#endif
