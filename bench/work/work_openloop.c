/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * openloop: callbacks at planned times, at a share of the peak rate. Each block measures the peak
 * at its start, with the same threads and clock reads, in a closed loop. The peak is not kept
 * between blocks, because other programs change it.
 */
#include <string.h>

#include "played.h"

#define PEAK_MS 50

/* The context, and the players' data. */
struct openloop {
	double gap; /* ticks between one thread's arrivals; 0: the closed loop */
	bool poisson;
	struct played times;
};

static const struct arrivals_io io = {players_spin, players_begin, players_end, players_callback_random, players_stopped};

static void play(struct player *p)
{
	const struct openloop *load = p->plan->data;
	struct arrivals a;
	arrivals_init(&a, load->gap > 0 ? load->gap : 1, load->poisson, spin_next(&p->random));
	a.span = p->span;
	if (load->gap > 0)
		arrivals_open(&io, p, &a, &p->score);
	else
		arrivals_closed(&io, p, &a, &p->score);
}

/* Sets gap for the cell's load. On any other status, no peak was measured. */
static enum block_status find_gap(const struct workload_run *run, struct players_plan plan, struct openloop *load)
{
	struct crew_total peak;
	struct played *times = &load->times;
	plan.block_ms = PEAK_MS;
	enum block_status status = players_run(&plan, &peak, &(const struct arrivals_score){&times->service, &times->response});
	if (status != BLOCK_DONE)
		return status;
	/* Nothing of an interrupted block counts, but it must end. */
	double ns = (double)peak.wall_ns * plan.threads / (double)(peak.pairs > 0 ? peak.pairs : 1);
	load->gap = (double)clock_ticks(ns * 100 / run->cell->load);
	memset(times, 0, sizeof(*times));
	return BLOCK_DONE;
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct openloop *load = context;
	struct players_plan plan = played_plan(run, rig);
	load->poisson = run->cell->arrivals == AXES_POISSON;
	plan.play = play;
	plan.data = load;
	enum block_status status = find_gap(run, plan, load);
	return status == BLOCK_DONE ? played_fill(run, &plan, &load->times) : status;
}

static enum block_status run_openloop(struct workload_run *run)
{
	return workload_on_rig(run, body, sizeof(struct openloop));
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("resp p50", resp_p50_ns),
						      WORKLOAD_LATENCY("p99.9", p999_ns),
						      WORKLOAD_LATENCY("r. p99.9", resp_p999_ns),
						      {.heading = NULL}};

#define BOTH_LEVELS (WORKLOAD_LIST | WORKLOAD_CALLBACK)
#define LOADS(...) .vary.load = WORKLOAD_AT(__VA_ARGS__)
#define ARRIVALS(...) .vary.arrivals = WORKLOAD_AT(__VA_ARGS__)
#define SHORT_CALLS .gaps = {{300, 0}}, .gap_count = 1

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_CPUS, 3, 200, SHORT_CALLS, LOADS(50, 70, 90), ARRIVALS(AXES_POISSON)},
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_CPUS, 2, 200, SHORT_CALLS, LOADS(70), ARRIVALS(AXES_FIXED)},
	{WORKLOAD_EVERY, WORKLOAD_LIST, WORKLOAD_CPUS, 1, 60, SHORT_CALLS, LOADS(70), ARRIVALS(AXES_POISSON)},
	{WORKLOAD_FULL, BOTH_LEVELS, WORKLOAD_SCALE, 5, 1500, SHORT_CALLS, LOADS(30, 50, 70, 80, 90), ARRIVALS(AXES_FIXED, AXES_POISSON)},
	{WORKLOAD_FULL, BOTH_LEVELS, WORKLOAD_OVER, 3, 1500, SHORT_CALLS, LOADS(50, 70, 90), ARRIVALS(AXES_POISSON)},
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
