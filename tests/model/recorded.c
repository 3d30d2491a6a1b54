/* SPDX-License-Identifier: BSD-3-Clause */
#include "recorded.h"

#include "record.h"

struct history history;
static uint32_t steps;

bool history_before(const struct history_op *a, const struct history_op *b)
{
	return a->thread == b->thread ? a < b : a->to < b->from;
}

void recorded_reset(void)
{
	history.n = steps = 0;
}

static unsigned call(enum history_kind kind, int thread, int m)
{
	if (history.n == HISTORY_OPS)
		sim_fail("more than %d operations: raise HISTORY_OPS", HISTORY_OPS);
	history.ops[history.n] = (struct history_op){.kind = kind, .thread = thread, .m = m, .nilokay = true, .from = ++steps};
	return history.n++;
}

unsigned recorded_get(int thread)
{
	return call(HISTORY_GET, thread, HISTORY_NONE);
}

unsigned recorded_put(int thread, int m)
{
	return call(HISTORY_PUT, thread, m);
}

unsigned recorded_exit(int thread)
{
	return call(HISTORY_EXIT, thread, HISTORY_NONE);
}

void recorded_answer(unsigned op, int m, bool last)
{
	struct history_op *o = &history.ops[op];
	o->to = ++steps;
	o->last = last;
	if (o->kind == HISTORY_GET)
		o->m = m;
}
