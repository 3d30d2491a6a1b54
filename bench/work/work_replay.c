/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay: the callbacks of a recorded program, at the recorded times, on as many threads. A hold is
 * CPU time, as long as the recorded time from the call to the return. Threads exist before the
 * start and leave after their last callback.
 */
#include "played.h"
#include "trace.h"

static const struct arrivals_io io = {players_sleep, players_begin, players_end, players_callback, players_stopped};

static void play(struct player *p)
{
	const struct trace *trace = p->plan->data;
	for (uint32_t i = trace->first[p->self.index]; i < trace->first[p->self.index + 1] && !players_stopped(p); i++) {
		const struct trace_event *e = &trace->events[i];
		p->hold = (uint64_t)((double)e->hold_ns * spin_rounds_per_us / 1000);
		arrivals_one(&io, p, p->span.begin + clock_ticks((double)e->start_ns), &p->score);
	}
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct players_plan plan = played_plan(run, rig);
	plan.play = play;
	plan.data = run->cell->trace;
	return played_fill(run, &plan, context);
}

static enum block_status run_replay(struct workload_run *run)
{
	return workload_on_rig(run, body, sizeof(struct played));
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("p90", p90_ns),
						      WORKLOAD_LATENCY("resp p50", resp_p50_ns),
						      WORKLOAD_LATENCY("resp p90", resp_p90_ns),
						      {.heading = NULL}};

#define BOTH_LEVELS (WORKLOAD_LIST | WORKLOAD_CALLBACK)

/* The trace sets the threads and the length. */
static const struct workload_group groups[] = {
    {WORKLOAD_FIELD, BOTH_LEVELS, WORKLOAD_ONE, 3, 1, .gap_count = 1},
    {WORKLOAD_EVERY, BOTH_LEVELS, WORKLOAD_ONE, 1, 1, .gap_count = 1},
    {WORKLOAD_FULL, BOTH_LEVELS, WORKLOAD_ONE, 9, 1, .gap_count = 1},
    {.repetitions = 0},
};

const struct workload workload_replay = {
    .name = "replay",
    .question = "a recorded program: how long each callback takes, and how long after its recorded start it ends, with the hold",
    .quantities = quantities,
    .groups = groups,
    .replays = true,
    .run = run_replay,
};
