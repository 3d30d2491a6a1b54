/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mixed: one periodic thread that wakes at fixed times and makes one callback, like audio, beside a
 * crowd that makes callbacks all the time. The period is the cell's think time. The tails are those
 * of the periodic thread; the pairs include the crowd's. The periodic thread has no priority, which
 * would need privileges.
 */
#include <stdio.h>

#include "played.h"

#define CROWD_BATCH 16 /* callbacks per clock read */

static const struct arrivals_io io = {players_sleep, players_begin, players_end, players_callback_random, players_stopped};

static void play_crowd(struct player *p)
{
	while (!players_stopped(p) && clock_now() < p->span.end)
		for (int i = 0; i < CROWD_BATCH; i++)
			players_callback_random(p);
}

static void play_periodic(struct player *p)
{
	const struct cell *cell = p->plan->data;
	struct arrivals a;
	arrivals_init(&a, (double)clock_ticks((double)cell->think_ns), false, spin_next(&p->random));
	a.span = p->span;
	arrivals_open(&io, p, &a, &p->score);
}

static void play(struct player *p)
{
	if (p->self.index == 0)
		play_periodic(p);
	else
		play_crowd(p);
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct players_plan plan = played_plan(run, rig);
	plan.play = play;
	plan.data = run->cell;
	return played_fill(run, &plan, context);
}

static enum block_status run_mixed(struct workload_run *run)
{
	if (run->cell->think_ns >= 1000)
		return workload_on_rig(run, body, sizeof(struct played));
	fprintf(stderr, "extram-bench: mixed: --think is the period of the periodic thread and must be at least 1000 ns\n");
	return BLOCK_FAILED;
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p90", p90_ns),           WORKLOAD_LATENCY("max", max_ns),
						      WORKLOAD_LATENCY("resp p50", resp_p50_ns), WORKLOAD_LATENCY("resp p90", resp_p90_ns),
						      WORKLOAD_LATENCY("resp max", resp_max_ns), {.heading = NULL}};

#define BOTH_LEVELS (WORKLOAD_LIST | WORKLOAD_CALLBACK)
#define EVERY_MS .gaps = {{0, 1000000}}, .gap_count = 1
#define EVERY_10_MS .gaps = {{0, 10000000}}, .gap_count = 1

/* A p90 needs 1000 periods: 1 s of 1 ms, 10 s of 10 ms. */
/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_OVER_MOST, 2, 1100, EVERY_MS},
	{WORKLOAD_EVERY, WORKLOAD_CALLBACK, WORKLOAD_OVER_MOST, 1, 220, EVERY_MS},
	{WORKLOAD_FULL, BOTH_LEVELS, WORKLOAD_OVER, 3, 10500, EVERY_10_MS},
	{WORKLOAD_FULL, BOTH_LEVELS, WORKLOAD_OVER, 3, 10500, EVERY_MS},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_mixed = {
    .name = "mixed",
    .question = "one periodic thread beside a crowd: how long its callback takes, and how long after its planned start it ends",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .run = run_mixed,
};
