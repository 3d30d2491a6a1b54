/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * round: a thread takes several ms at once, then gives them back in the same order. So all of them
 * go round, as in a program whose callbacks overlap, while in workload pair a thread gets the m
 * that it put last. Does the first line of each m stay in the cache? That depends on their number
 * and on how ms lie in memory (axis layout). The threads share all ms on the list but one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "looped.h"

/* A thread's ms at a time. */
static uint32_t at_once(const struct cell *cell)
{
	uint64_t share = cell->prefill > 0 ? (cell->prefill - 1) / cell->threads : 0;
	return share > 1 ? (uint32_t)share : 1;
}

static bool enter(struct loops_thread *t)
{
	uint32_t most = at_once(t->context);
	struct loops_round *round = calloc(1, sizeof(*round) + most * sizeof(struct m *));
	if (round == NULL) {
		fprintf(stderr, "extram-bench: no memory for the ms that go round\n");
		return false;
	}
	round->at_once = most;
	t->context = round;
	return true;
}

static void leave(struct loops_thread *t)
{
	free(t->context);
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct block_result result;
	struct block_plan plan = workload_block_plan(run, rig, 0);
	struct cell *cell = context; /* stays valid for threads that hang */
	*cell = *run->cell;
	plan.run = cell->loops->run[LOOPS_ROUND];
	plan.enter = enter;
	plan.leave = leave;
	plan.context = cell;
	enum block_status status = block_run(&plan, &result, NULL);
	if (status != BLOCK_DONE)
		return status;
	run->row->ns_per_pair = result.ns_per_pair;
	return looped_fill(run, &result);
}

static enum block_status run_round(struct workload_run *run)
{
	if (run->cell->hold_ns + run->cell->think_ns == 0)
		return workload_on_rig(run, body, sizeof(struct cell));
	fprintf(stderr, "extram-bench: round has no --hold and no --think\n");
	return BLOCK_FAILED;
}

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("pair", ns_per_pair, UNITS_NS), {.heading = NULL}};

#define BOTH .vary.layout = WORKLOAD_AT(NEEDM_LAYOUT_1_19, NEEDM_LAYOUT_1_24)

/* 8, 64 and 1024 ms, and one that stays on the list. 64 first lines are more than two sets of a
 * first-level cache have room for, and few for all sets. */
/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_ONE, 3, 60, LOOPED_BARE, .prefill = 65, BOTH},
	{WORKLOAD_EVERY, WORKLOAD_LIST, WORKLOAD_ENDS, 1, 20, LOOPED_BARE, .prefill = 65, BOTH},
	{WORKLOAD_FULL, WORKLOAD_LIST, WORKLOAD_ENDS, 5, 200, LOOPED_BARE, .prefill = 9, BOTH},
	{WORKLOAD_FULL, WORKLOAD_LIST, WORKLOAD_ENDS, 5, 200, LOOPED_BARE, .prefill = 65, BOTH},
	{WORKLOAD_FULL, WORKLOAD_LIST, WORKLOAD_ENDS, 5, 200, LOOPED_BARE, .prefill = 1025, BOTH},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_round = {
    .name = "round",
    .question = "many ms go round: thread time of a pair",
    .quantities = quantities,
    .groups = groups,
    .clean_windows = true,
    .threads_max = 32,
    .run = run_round,
};
