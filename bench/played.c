/* SPDX-License-Identifier: BSD-3-Clause */
#include "played.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum workload_status played_run(struct workload_run *run, played_body *body)
{
	struct histogram *h = calloc(2, sizeof(*h));
	if (h == NULL) {
		fprintf(stderr, "extram-bench: no memory for two histograms\n");
		return WORKLOAD_FAILED;
	}
	enum workload_status status = WORKLOAD_FAILED;
	struct rig *rig = workload_rig(run);
	if (rig != NULL)
		status = body(run, rig, &(const struct arrivals_score){&h[0], &h[1]});
	free(h);
	if (rig == NULL || status == WORKLOAD_HUNG)
		return status; /* hung threads still use the list */
	workload_fill_rig(run->row, rig);
	if (status != WORKLOAD_FAILED && !rig_conserved(rig))
		status = WORKLOAD_FAILED;
	rig_free(rig);
	return status;
}

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

static void fill_response(struct csv_row *row, const struct histogram *h)
{
	row->resp_p50_ns = workload_quantile(h, 0.5);
	row->resp_p90_ns = workload_quantile(h, 0.9);
	row->resp_p99_ns = workload_quantile(h, 0.99);
	row->resp_p999_ns = workload_quantile(h, 0.999);
	row->resp_p9999_ns = workload_quantile(h, 0.9999);
	row->resp_max_ns = h->total > 0 ? clock_ns(h->max) : NAN;
}

/* The whole block is one window, since a response may span several. */
static bool fill_window(struct csv_row *row, const struct players_plan *plan, const struct players_result *r)
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

enum workload_status played_fill(struct workload_run *run, const struct players_plan *plan, const struct arrivals_score *total)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	struct csv_row *row = run->row;
	struct players_result r;
	enum players_status status = players_run(plan, &r, total);
	if (status != PLAYERS_DONE)
		return statuses[status];
	row->bound = r.bound;
	row->pairs = r.pairs;
	row->wall_ns = r.wall_ns;
	row->nvcsw = r.nvcsw;
	row->nivcsw = r.nivcsw;
	row->run_wait_ns = r.run_wait_ns;
	row->steal_ns = r.steal_ns;
	workload_fill_tail(row, total->service);
	fill_response(row, total->response);
	return fill_window(row, plan, &r) ? WORKLOAD_DONE : WORKLOAD_NOISY;
}
