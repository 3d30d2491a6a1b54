/* SPDX-License-Identifier: BSD-3-Clause */
#include "burst.h"

#include "clock.h"

struct guest {
	struct crew_thread self;
	void (*visit)(struct crew_thread *t);
};

void burst_stay(struct crew_thread *t)
{
	t->end = clock_now();
	crew_phase(t, "is in its callback");
	crew_meet(t);
	crew_phase(t, "leaves");
}

static void attend(struct crew_thread *t)
{
	if (!crew_ready(t))
		return;
	((struct guest *)t)->visit(t);
	crew_add_pairs(t, 1);
	t->used = usage_now();
}

static void sum_up(const struct crew *crew, struct burst_result *result)
{
	const struct crew_thread *any = crew_at(crew, 0);
	result->all_in_ms = (double)result->total.wall_ns / 1e6;
	result->total.wall_ns = (uint64_t)clock_ns(clock_now() - any->begin);
}

enum block_status burst_run(const struct crew_plan *plan, struct burst_result *result)
{
	struct crew_plan with = *plan;
	with.body = attend;
	with.bytes = sizeof(struct guest);
	with.burst = true;
	struct crew *crew = crew_new(&with);
	if (crew == NULL)
		return BLOCK_FAILED;
	for (uint32_t i = 0; i < plan->threads; i++)
		((struct guest *)crew_at(crew, i))->visit = plan->body;
	enum block_status status = crew_run(crew, &result->total);
	if (status == BLOCK_HUNG)
		return status;
	if (status == BLOCK_DONE)
		sum_up(crew, result);
	crew_free(crew);
	return status;
}
