/* SPDX-License-Identifier: BSD-3-Clause */
#include "history.h"

#include <string.h>

#include "fibers.h"

struct history history;
static uint32_t steps;

void history_reset(void)
{
	history.n = 0;
	history.stale = false;
	steps = 0;
}

struct history_op *history_call(enum history_kind kind, int m)
{
	if (history.n == HISTORY_OPS)
		fibers_fail("more than %d operations: raise HISTORY_OPS", HISTORY_OPS);
	struct history_op *op = &history.ops[history.n++];
	struct thread *t = fibers_self;
	*op = (struct history_op){.kind = kind, .thread = t->id, .m = m};
	memcpy(op->began, t->now.when, sizeof(op->began));
	t->op = op;
	return op;
}

void history_return(struct history_op *op)
{
	struct thread *t = fibers_self;
	if (op->from == 0)
		op->from = op->to = ++steps;
	op->ended = t->now.when[t->id];
	t->op = NULL;
}

/* Nothing that other threads could notice happens before the first visible step or after the last,
 * so the interval is as tight as possible. */
void history_step(struct thread *t)
{
	steps++;
	if (t->op == NULL)
		return;
	if (t->op->from == 0)
		t->op->from = steps;
	t->op->to = steps;
}

void history_stale(void)
{
	history.stale = true;
}

bool history_before(const struct history_op *a, const struct history_op *b)
{
	if (a->thread == b->thread)
		return a < b;
	return history.stale ? b->began[a->thread] >= a->ended : a->to < b->from;
}

static void print_op(FILE *f, const struct history_op *op)
{
	switch (op->kind) {
	case HISTORY_GET:
		fprintf(f, "get(%s) -> ", op->nilokay ? "nilokay" : "wait");
		if (op->m == HISTORY_NONE)
			fprintf(f, "NULL");
		else
			fprintf(f, "m%d", op->m);
		fprintf(f, "%s", op->last ? ", last" : "");
		break;
	case HISTORY_PUT:
		fprintf(f, "put(m%d)", op->m);
		break;
	case HISTORY_LENGTH:
		fprintf(f, "length() -> %u", op->length);
		break;
	case HISTORY_EXIT:
		fprintf(f, "thread_exit()");
		break;
	}
}

void history_print(FILE *f)
{
	int n;
	const struct thread *threads = fibers_threads(&n);
	for (int i = 0; i < n; i++) {
		fprintf(f, "  thread %d:", i);
		for (uint32_t k = 0; k < history.n; k++) {
			const struct history_op *op = &history.ops[k];
			if (op->thread != i)
				continue;
			fprintf(f, "  [%u-", op->from);
			if (threads[i].op == op)
				fprintf(f, "...] ");
			else
				fprintf(f, "%u] ", op->to);
			print_op(f, op);
		}
		fprintf(f, "\n");
	}
}
