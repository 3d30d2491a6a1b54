/* SPDX-License-Identifier: BSD-3-Clause */
/* limit: the limits of this machine, such as single atomic operations. They have no list. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "lines.h"
#include "looped.h"

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("time", ns_per_pair, UNITS_NS), {.heading = NULL}};

/* Blocks of the calibration in a run whose time is given: it stands beside the questions. */
#define CALIBRATION .calibrates = true, .at_most = 5

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_MACHINE, WORKLOAD_ENDS, 5, 60, LOOPED_BARE},
	{WORKLOAD_FIELD, WORKLOAD_MACHINE, WORKLOAD_CONTENDED, 5, 60, LOOPED_BARE, CALIBRATION},
	{WORKLOAD_EVERY, WORKLOAD_MACHINE, WORKLOAD_ENDS, 2, 20, LOOPED_BARE},
	{WORKLOAD_EVERY, WORKLOAD_MACHINE, WORKLOAD_CONTENDED, 2, 20, LOOPED_BARE, CALIBRATION},
	{WORKLOAD_FULL, WORKLOAD_MACHINE, WORKLOAD_SCALE, 9, 100, LOOPED_BARE, .all_placements = true},
	{WORKLOAD_FULL, WORKLOAD_MACHINE, WORKLOAD_CONTENDED, 9, 100, LOOPED_BARE, CALIBRATION, .all_placements = true},
	{.repetitions = 0},
};
/* clang-format on */

/* The time of an operation, of many between two clock reads. */
static double of_one(const struct loops_limit *limit, const struct histogram *batches)
{
	double ns = clock_ns(histogram_quantile(batches, 0.5)) - clock_facts.floor_ns;
	return batches->total > 0 ? fmax(0, ns) / limit->at_once : NAN;
}

/* In memory near the placement's first CPU. NULL: no memory; the cause was printed. */
static struct lines *make_lines(const struct block_plan *plan)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	topology_bind(plan->topology, plan->placement, 0);
	struct lines *lines = mmap(NULL, lines_bytes(plan->threads), PROT_READ | PROT_WRITE, flags, -1, 0);
	topology_unbind(plan->topology);
	if (lines == MAP_FAILED) {
		fprintf(stderr, "extram-bench: no memory for the lines of a limit: %s\n", strerror(errno));
		return NULL;
	}
	lines->threads = plan->threads;
	return lines;
}

static enum block_status run_lines(struct workload_run *run, struct block_plan *plan, struct block_result *result)
{
	struct lines *lines = make_lines(plan);
	if (lines == NULL)
		return BLOCK_FAILED;
	plan->context = lines;
	enum block_status status = block_run(plan, result, run->samples);
	if (status != BLOCK_HUNG) /* hung threads still use them */
		munmap(lines, lines_bytes(plan->threads));
	return status;
}

static enum block_status run_limit(struct workload_run *run)
{
	const struct loops_limit *limit = run->cell->limit;
	struct block_plan plan = workload_block_plan(run, NULL, 0);
	struct block_result result;
	run->row->ms_created = 0;
	run->row->ms_retained = 0;
	plan.timed = limit->at_once > 0;
	enum block_status status = limit->lines ? run_lines(run, &plan, &result) : block_run(&plan, &result, run->samples);
	if (status != BLOCK_DONE)
		return status;
	run->row->ns_per_pair = plan.timed ? of_one(limit, run->samples) : result.ns_per_pair;
	*run->samples = (struct histogram){.total = 0}; /* of batches: they are no samples of an operation */
	return looped_fill(run, &result);
}

const struct workload workload_limit = {
    .name = "limit",
    .question = "limits of this machine: time of an operation",
    .quantities = quantities,
    .groups = groups,
    .clean_windows = true,
    .limits = true,
    .run = run_limit,
};
