/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * openloop: callbacks at planned times, at a share of the peak rate. Each block measures the peak
 * at its start, with the same threads and clock reads, in a closed loop. The peak is not kept
 * between blocks, because other programs change it.
 */
#include <string.h>

#include "played.h"

#define PEAK_MS 50

/* The players' data. gap 0: the closed loop. */
struct load {
	double gap; /* ticks between one thread's arrivals */
	bool poisson;
};

static const struct arrivals_io io = {players_spin, players_begin, players_end, players_callback_random, players_stopped};

static void play(struct player *p)
{
	const struct load *load = p->plan->data;
	struct arrivals a;
	arrivals_init(&a, load->gap > 0 ? load->gap : 1, load->poisson, spin_next(&p->random));
	if (load->gap > 0)
		arrivals_open(&io, p, &a, &p->span, &p->score);
	else
		arrivals_closed(&io, p, &a, &p->span, &p->score);
}

/*
 * Ticks between one thread's arrivals at the cell's load. On any other status, no peak was
 * measured.
 */
static enum players_status find_gap(const struct workload_run *run, struct players_plan plan, const struct arrivals_score *total,
				    double *gap)
{
	struct players_result peak;
	plan.block_ms = PEAK_MS;
	plan.data = &(const struct load){.poisson = run->cell->arrivals == CELLS_POISSON};
	enum players_status status = players_run(&plan, &peak, total);
	/* Nothing of an interrupted block counts, but it must end. */
	double ns = (double)peak.wall_ns * plan.threads / (double)(peak.pairs > 0 ? peak.pairs : 1);
	*gap = (double)clock_ticks(ns * 100 / run->cell->load);
	return status;
}

static enum workload_status body(struct workload_run *run, struct rig *rig, const struct arrivals_score *total)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	struct load load = {.poisson = run->cell->arrivals == CELLS_POISSON};
	struct players_plan plan = played_plan(run, rig);
	plan.play = play;
	enum players_status status = find_gap(run, plan, total, &load.gap);
	if (status != PLAYERS_DONE)
		return statuses[status];
	memset(total->service, 0, sizeof(*total->service));
	memset(total->response, 0, sizeof(*total->response));
	plan.data = &load;
	return played_fill(run, &plan, total);
}

static enum workload_status run_openloop(struct workload_run *run)
{
	return played_run(run, body);
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("resp p50", resp_p50_ns),
						      WORKLOAD_LATENCY("p99.9", p999_ns),
						      WORKLOAD_LATENCY("r. p99.9", resp_p999_ns),
						      {.heading = NULL}};

#define BOTH_LEVELS (WORKLOAD_LIST | WORKLOAD_CALLBACK)
#define POISSON (1U << CELLS_POISSON)
#define FIXED (1U << CELLS_FIXED)
#define SHORT_CALLS .gaps = {{300, 0}}, .gap_count = 1

/* clang-format off */
static const struct workload_group groups[] = {
	{OPTIONS_FIELD, WORKLOAD_LIST, WORKLOAD_CPUS, SHORT_CALLS, .repetitions = 3, .block_ms = 200, .loads = {50, 70, 90}, .arrivals = POISSON},
	{OPTIONS_FIELD, WORKLOAD_LIST, WORKLOAD_CPUS, SHORT_CALLS, .repetitions = 2, .block_ms = 200, .loads = {70}, .arrivals = FIXED},
	{OPTIONS_EVERY, WORKLOAD_LIST, WORKLOAD_CPUS, SHORT_CALLS, .repetitions = 1, .block_ms = 60, .loads = {70}, .arrivals = POISSON},
	{OPTIONS_FULL, BOTH_LEVELS, WORKLOAD_SCALE, SHORT_CALLS, .repetitions = 5, .block_ms = 1500, .loads = {30, 50, 70, 80, 90}, .arrivals = POISSON | FIXED},
	{OPTIONS_FULL, BOTH_LEVELS, WORKLOAD_OVER, SHORT_CALLS, .repetitions = 3, .block_ms = 1500, .loads = {50, 70, 90}, .arrivals = POISSON},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_openloop = {
    .name = "openloop",
    .question = "planned callbacks: how long each takes, and how long after its planned start it ends, with the hold",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .run = run_openloop,
};
