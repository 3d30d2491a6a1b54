/* SPDX-License-Identifier: BSD-3-Clause */
#include "looped.h"

#include <math.h>

#include "real.h"

enum block_status looped_fill(struct workload_run *run, const struct block_result *result)
{
	workload_fill_block(run->row, result);
	/* Threads without CPU time make no pair. On a busy machine, a short block may have none. A
	 * real runtime's own threads may leave no clean window; its CPU time still counts. */
	bool unclean = run->cell->real == NULL && result->windows_clean != UINT64_MAX && isnan(result->pairs_per_s);
	return result->total.pairs == 0 || unclean ? BLOCK_NOISY : BLOCK_DONE;
}

static enum block_status run_loop(struct workload_run *run, struct rig *rig, bool timed)
{
	struct block_result result;
	struct block_plan plan = workload_block_plan(run, rig, timed ? LOOPS_TIMED : 0);
	enum block_status status = block_run(&plan, &result, run->samples);
	if (status != BLOCK_DONE)
		return status;
	/* A loop that reads the clock for every eighth pair does not show what a pair costs. */
	run->row->ns_per_pair = timed ? NAN : result.ns_per_pair;
	if (timed)
		workload_fill_tail(run->row, run->samples);
	return looped_fill(run, &result);
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	(void)context;
	return run_loop(run, rig, false);
}

static enum block_status timed_body(struct workload_run *run, struct rig *rig, void *context)
{
	(void)context;
	return run_loop(run, rig, true);
}

enum block_status looped_run(struct workload_run *run)
{
	return workload_on_rig(run, body, 0);
}

enum block_status looped_run_timed(struct workload_run *run)
{
	return workload_on_rig(run, timed_body, 0);
}

enum block_status looped_run_real(struct workload_run *run)
{
	return real_on_list(run, body, 0);
}

enum block_status looped_run_timed_real(struct workload_run *run)
{
	return real_on_list(run, timed_body, 0);
}
