/* SPDX-License-Identifier: BSD-3-Clause */
#include "record.h"

#include <string.h>
#include <unistd.h>

struct history history;
static uint32_t steps, calls;

void history_reset(void)
{
	history.n = 0;
	history.stale = false;
	steps = calls = 0;
}

struct history_op *history_call(enum history_kind kind, int list, int m)
{
	if (history.n == HISTORY_OPS)
		sim_fail("more than %d operations: raise HISTORY_OPS", HISTORY_OPS);
	struct history_op *op = &history.ops[history.n++];
	struct thread *t = schedule_self();
	*op = (struct history_op){.kind = kind, .thread = t->id, .list = list, .m = m, .called = ++calls};
	memcpy(op->began, t->now.when, sizeof(op->began));
	t->op = op;
	return op;
}

void history_return(struct history_op *op)
{
	struct thread *t = schedule_self();
	if (op->from == 0)
		op->from = op->to = ++steps;
	op->returned = ++calls;
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
		return a->returned < b->called;
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
	case HISTORY_NOTHING:
		fprintf(f, "nothing");
		break;
	}
}

void history_print(FILE *f)
{
	for (int i = 0; i < schedule_count(); i++) {
		fprintf(f, "  thread %d:", i);
		for (uint32_t k = 0; k < history.n; k++) {
			const struct history_op *op = &history.ops[k];
			if (op->thread != i)
				continue;
			fprintf(f, "  [%u-", op->from);
			if (op->returned == 0)
				fprintf(f, "...] ");
			else
				fprintf(f, "%u] ", op->to);
			fprintf(f, "%s", op->list == 0 ? "" : "other.");
			print_op(f, op);
		}
		fprintf(f, "\n");
	}
}

#define NAMES 32

struct region {
	uintptr_t from;
	size_t bytes;
	const char *name;
};

bool trace_on;
static struct region regions[NAMES];
static uint32_t count;

void trace_name(const void *p, size_t bytes, const char *name)
{
	if (count < NAMES)
		regions[count++] = (struct region){(uintptr_t)p, bytes, name};
}

void trace_forget(void)
{
	count = 0;
}

static const struct region *find(uintptr_t address)
{
	for (uint32_t i = 0; i < count; i++)
		if (address - regions[i].from < regions[i].bytes)
			return &regions[i];
	return NULL;
}

void trace_place(char *text, size_t size, const volatile void *p)
{
	const struct region *r = find((uintptr_t)p);
	if (r == NULL)
		snprintf(text, size, "%p", (const void *)p);
	else
		snprintf(text, size, "%s+%zu", r->name, (uintptr_t)p - r->from);
}

/* Pointers to ms and the like are easier to follow by name. */
static void print_value(uint64_t value)
{
	char text[64];
	if (find((uintptr_t)value) != NULL) {
		trace_place(text, sizeof(text), (const void *)(uintptr_t)value);
		printf("&%s", text);
	} else {
		printf("%#llx", (unsigned long long)value);
	}
}

static const char *order_name(int order)
{
	static const char *const names[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
	return order >= 0 && order < 6 ? names[order] : "";
}

void trace_print(const struct trace *t)
{
	char place[64] = "";
	if (sim_self == NULL)
		return;
	if (t->place != NULL)
		trace_place(place, sizeof(place), t->place);
	printf("  thread %d  %-21s %-22s %-8s ", sim_self->id, t->what, place, order_name(t->order));
	print_value(t->value);
	if (t->old > 0)
		printf("  (old: %d newer)", t->old);
	printf("\n");
}

/* The code's base address: sites are looked up in the file. */
extern const char __executable_start[];

void trace_site(char *text, size_t size, const void *site)
{
	char command[256], exe[128] = "", function[64] = "?", line[128] = "?";
	snprintf(text, size, "%p", site);
	if (site == NULL) {
		snprintf(text, size, "a restartable sequence");
		return;
	}
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n <= 0 || strchr(exe, '\'') != NULL)
		return;
	size_t offset = (size_t)((const char *)site - __executable_start) - 1;
	snprintf(command, sizeof(command), "addr2line -s -f -e '%s' %#zx 2>/dev/null", exe, offset);
	FILE *f = popen(command, "r");
	if (f == NULL)
		return;
	if (fscanf(f, "%63s %127s", function, line) == 2)
		snprintf(text, size, "%s (%s)", function, line);
	pclose(f);
}
