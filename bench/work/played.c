/* SPDX-License-Identifier: BSD-3-Clause */
#include "played.h"

#include <math.h>

struct players_plan played_plan(const struct workload_run *run, struct rig *rig)
{
	const struct cell *cell = run->cell;
	return (struct players_plan){
	    .rt = &rig->rt,
	    .level = cell->level,
	    .topology = run->topology,
	    .placement = cell->placement,
	    .threads = cell->threads,
	    .hold_ns = cell->hold_ns,
	    .block_ms = cell->block_ms,
	    .abort = run->abort,
	};
}

/* The whole block is one window, since a response may span several. */
static bool fill_window(struct csv_row *row, const struct players_plan *plan, const struct crew_total *r)
{
	bool clean = r->most_wait_ns <= r->wall_ns / 100;
	bool known = r->most_wait_ns != UINT64_MAX && plan->threads <= topology_cpus(plan->topology);
	row->windows = 1;
	row->windows_clean = known ? clean : CSV_EMPTY;
	if (known && !clean)
		return false;
	row->pairs_per_s = (double)r->pairs * 1e9 / (double)r->wall_ns;
	return true;
}

enum block_status played_fill(struct workload_run *run, const struct players_plan *plan, struct played *times)
{
	struct crew_total total;
	enum block_status status = players_run(plan, &total, &(const struct arrivals_score){&times->service, &times->response});
	if (status != BLOCK_DONE)
		return status;
	workload_fill_total(run->row, &total);
	workload_fill_tail(run->row, &times->service);
	workload_fill_responses(run->row, &times->response);
	return fill_window(run->row, plan, &total) ? BLOCK_DONE : BLOCK_NOISY;
}
