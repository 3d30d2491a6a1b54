/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workloads that loop over pairs for a fixed time: pair, latency, oversub and the machine's
 * limits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "block.h"
#include "real.h"
#include "workload.h"

static bool is_timed(const struct cell *cell)
{
	return cell->workload == &workload_latency || cell->workload == &workload_oversub;
}

static loops_run *loop_of(const struct cell *cell)
{
	if (cell->limit != NULL)
		return cell->limit->run;
	int kind = (cell->level == RIG_CALLBACK ? LOOPS_CALLBACK : 0) | (cell->hold_ns + cell->think_ns > 0 ? LOOPS_SPIN : 0) |
		   (is_timed(cell) ? LOOPS_TIMED : 0);
	return cell->loops->run[kind];
}

static struct block_plan plan_of(const struct workload_run *run, struct needm_runtime *rt)
{
	const struct cell *cell = run->cell;
	return (struct block_plan){
	    .run = loop_of(cell),
	    .rt = rt,
	    .topology = run->topology,
	    .placement = cell->placement,
	    .threads = cell->threads,
	    .hold_ns = cell->hold_ns,
	    .think_ns = cell->think_ns,
	    .block_ms = cell->block_ms,
	    .window_us = run->window_us,
	    .timed = is_timed(cell),
	    .shared = cell->limit != NULL && cell->limit->shared,
	    .abort = run->abort,
	};
}

static void fill_block(struct csv_row *row, const struct block_result *b, bool timed)
{
	row->bound = b->bound;
	row->windows = b->windows;
	row->windows_clean = b->windows_clean;
	row->pairs = b->pairs;
	row->wall_ns = b->wall_ns;
	/* A loop that reads the clock for every eighth pair does not show what a pair costs. */
	row->ns_per_pair = timed ? NAN : b->ns_per_pair;
	row->pairs_per_s = b->pairs_per_s;
	row->cpu_ns_per_pair = b->cpu_ns_per_pair;
	row->jain = b->jain;
	row->nvcsw = b->nvcsw;
	row->nivcsw = b->nivcsw;
	row->run_wait_ns = b->run_wait_ns;
	row->steal_ns = b->steal_ns;
}

static enum workload_status run_loop(struct workload_run *run, struct needm_runtime *rt, struct histogram *h)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	struct block_result result;
	struct block_plan plan = plan_of(run, rt);
	enum block_status status = block_run(&plan, &result, h);
	if (status != BLOCK_DONE)
		return statuses[status];
	fill_block(run->row, &result, h != NULL);
	if (h != NULL) {
		workload_fill_tail(run->row, h);
		histogram_add(run->samples, h);
	}
	/* Threads without CPU time make no pair. On a busy machine, a short block may have none. A real
	 * runtime's own threads may leave no clean window; its CPU time still counts. */
	bool unclean = run->cell->real == NULL && result.windows_clean != UINT64_MAX && isnan(result.pairs_per_s);
	bool empty = result.pairs == 0 || unclean;
	return empty ? WORKLOAD_NOISY : WORKLOAD_DONE;
}

static enum workload_status run_strategy(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	enum workload_status status = WORKLOAD_FAILED;
	struct histogram *h = is_timed(cell) ? calloc(1, sizeof(*h)) : NULL;
	struct rig *rig = workload_rig(run);
	if (is_timed(cell) && h == NULL)
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
	else if (rig != NULL)
		status = run_loop(run, &rig->rt, h);
	free(h);
	if (rig == NULL || status == WORKLOAD_HUNG)
		return status; /* hung threads still use the list */
	workload_fill_rig(run->row, rig);
	if (status != WORKLOAD_FAILED && !rig_conserved(rig))
		status = WORKLOAD_FAILED;
	rig_free(rig);
	return status;
}

static enum workload_status run_real(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	struct histogram *h = is_timed(cell) ? calloc(1, sizeof(*h)) : NULL;
	if (is_timed(cell) && h == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		return WORKLOAD_FAILED;
	}
	enum workload_status status = real_prefill(cell->prefill) ? run_loop(run, NULL, h) : WORKLOAD_FAILED;
	free(h);
	if (status == WORKLOAD_FAILED || status == WORKLOAD_HUNG)
		return status;
	real_fill(run->row, cell->real);
	return real_conserved(cell->real, cell->prefill) ? status : WORKLOAD_FAILED;
}

static enum workload_status run_limit(struct workload_run *run)
{
	run->row->ms_created = 0;
	run->row->ms_retained = 0;
	return run_loop(run, NULL, NULL);
}

static const struct workload_quantity pair_quantities[] = {
    WORKLOAD_QUANTITY("pair", ns_per_pair, UNITS_NS), WORKLOAD_QUANTITY("Jain", jain, UNITS_RATIO), {.heading = NULL}};
static const struct workload_quantity limit_quantities[] = {WORKLOAD_QUANTITY("time", ns_per_pair, UNITS_NS), {.heading = NULL}};
static const struct workload_quantity latency_quantities[] = {
    WORKLOAD_LATENCY("p50", p50_ns), WORKLOAD_LATENCY("p99.9", p999_ns), WORKLOAD_LATENCY("max", max_ns), {.heading = NULL}};
static const struct workload_quantity oversub_quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
							      WORKLOAD_LATENCY("p99.9", p999_ns),
							      WORKLOAD_LATENCY("max", max_ns),
							      WORKLOAD_QUANTITY("CPU/pair", cpu_ns_per_pair, UNITS_NS),
							      {.heading = NULL}};

#define MANY 100000 /* ms, to show that the cost of a pair does not depend on the list's length */
#define LIST WORKLOAD_LIST
#define CALLBACK WORKLOAD_CALLBACK
#define BARE .gap_count = 1
#define WORKING .gaps = {{300, 300}}, .gap_count = 1 /* hold and think of a short callback */
#define BOTH .gaps = {{0, 0}, {300, 300}}, .gap_count = 2
#define GROUP(in, at, of, repeat, ms)                                                                                                      \
	.set = OPTIONS_##in, .levels = (at), .threads = WORKLOAD_##of, .repetitions = (repeat), .block_ms = (ms)

/* clang-format off */
static const struct workload_group pair_groups[] = {
	{GROUP(FIELD, LIST, SCALE, 5, 200), BOTH},
	{GROUP(FIELD, LIST, ONE, 3, 100), BARE, .prefill = MANY},
	{GROUP(FIELD, CALLBACK, SCALE, 4, 200), BARE},
	{GROUP(EVERY, LIST | CALLBACK, ENDS, 2, 40), BARE},
	{GROUP(FULL, LIST, SCALE, 9, 300), .gaps = {{0, 0}, {300, 0}, {300, 300}, {0, 2000}}, .gap_count = 4, .all_placements = true},
	{GROUP(FULL, LIST, ENDS, 3, 200), BARE, .prefill = 1000},
	{GROUP(FULL, LIST, ENDS, 3, 200), BARE, .prefill = MANY},
	{GROUP(FULL, LIST, ENDS, 3, 200), BARE, .prefill = 10 * MANY},
	{GROUP(FULL, CALLBACK, SCALE, 9, 300), BOTH, .all_placements = true},
	{.repetitions = 0},
};
static const struct workload_group latency_groups[] = {
	{GROUP(FIELD, LIST, ENDS, 3, 300), BARE},
	{GROUP(FIELD, LIST, ENDS, 2, 800), WORKING},
	{GROUP(FIELD, CALLBACK, CPUS, 2, 800), BARE},
	{GROUP(EVERY, LIST, CPUS, 2, 60), WORKING},
	{GROUP(FULL, LIST | CALLBACK, SCALE, 5, 1000), BOTH, .all_placements = true},
	{.repetitions = 0},
};
static const struct workload_group oversub_groups[] = {
	{GROUP(FIELD, LIST, OVER_MOST, 3, 700), BARE},
	{GROUP(FIELD, CALLBACK, OVER_MOST, 2, 1000), BARE},
	{GROUP(EVERY, LIST | CALLBACK, OVER_MOST, 1, 200), BARE},
	{GROUP(FULL, LIST | CALLBACK, OVER_ALL, 5, 1500), BOTH, .all_placements = true},
	{.repetitions = 0},
};
static const struct workload_group limit_groups[] = {
	{GROUP(FIELD, LIST, ENDS, 5, 60), BARE},
	{GROUP(EVERY, LIST, ENDS, 2, 20), BARE},
	{GROUP(FULL, LIST, SCALE, 9, 100), BARE, .all_placements = true},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_pair = {
    .name = "pair",
    .question = "thread time of a pair",
    .quantities = pair_quantities,
    .groups = pair_groups,
    .clean_windows = true,
    .threads_max = 32,
    .run = run_strategy,
    .run_real = run_real,
};
const struct workload workload_latency = {
    .name = "latency",
    .question = "time of a pair",
    .quantities = latency_quantities,
    .groups = latency_groups,
    .threads_max = 32,
    .run = run_strategy,
    .run_real = run_real,
};
const struct workload workload_oversub = {
    .name = "oversub",
    .question = "more threads than CPUs: time of a pair",
    .quantities = oversub_quantities,
    .groups = oversub_groups,
    .threads_max = 32,
    .run = run_strategy,
    .run_real = run_real,
};
const struct workload workload_limit = {
    .name = "limit",
    .question = "limits of this machine: time of an operation",
    .quantities = limit_quantities,
    .groups = limit_groups,
    .clean_windows = true,
    .run = run_limit,
};
