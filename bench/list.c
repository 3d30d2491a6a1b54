/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The output of --list: strategies with their properties, workloads, limits and the selected cells.
 */
#include <inttypes.h>

#include "real.h"
#include "table.h"
#include "workload.h"

static const char *last_words(unsigned properties)
{
	if ((properties & EXTRAM_NO_LAST) != 0)
		return ", no last flag";
	return (properties & EXTRAM_LAST_EXACT) != 0 ? ", last exact" : ", last may be spurious";
}

/* Prints what the strategy does not guarantee; mostly for peers. */
static void list_lacks(FILE *f, const struct extram_strategy *s)
{
	if ((s->properties & EXTRAM_NO_LENGTH) != 0)
		fputs(", length is only empty or not", f);
	if ((s->properties & EXTRAM_MAY_MISS) != 0)
		fputs(", a get may miss an m", f);
	if ((s->properties & EXTRAM_FIFO) != 0)
		fputs(", first come first served", f);
	if ((s->properties & EXTRAM_CPU_EACH) != 0)
		fputs(", needs a CPU for each thread", f);
	if (s->capacity != 0)
		fprintf(f, ", holds at most %" PRIu32, s->capacity);
}

static void list_strategy(FILE *f, const struct loops *loops)
{
	const struct extram_strategy *s = loops->strategy;
	fprintf(f, "  %-18s %s\n  %-18s  ", s->name, s->summary, "");
	fprintf(f, "[%s%s%s%s%s%s%s", loops->peer ? "a peer, " : "", (s->properties & EXTRAM_LIFO) != 0 ? "LIFO" : "any order",
		last_words(s->properties), (s->properties & EXTRAM_LOCK_FREE) != 0 ? ", lock-free" : "",
		(s->properties & EXTRAM_KEEPS) != 0 ? ", threads keep ms" : "",
		(s->properties & EXTRAM_BOUND) != 0 ? " until they end" : "", (s->properties & EXTRAM_FLOOR) != 0 ? ", a floor" : "");
	list_lacks(f, s);
	fputs("]\n", f);
}

void table_list(FILE *f, const struct cells *cells)
{
	fprintf(f, "strategies:\n");
	for (const struct loops *const *l = loops_all; *l != NULL; l++)
		list_strategy(f, *l);
	fprintf(f, "workloads:\n");
	for (const struct workload *const *w = workload_all; *w != NULL; w++)
		fprintf(f, "  %-18s %s\n", (*w)->name, (*w)->question);
	fprintf(f, "real runtimes:%s\n", real_all[0].version == NULL ? " none (the build found no Go)" : "");
	for (const struct real *r = real_all; r->version != NULL; r++)
		fprintf(f, "  %-18s %s\n", r->loops.strategy->name, r->loops.strategy->summary);
	fprintf(f, "limits:\n");
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		fprintf(f, "  %-18s %s\n", l->name, l->summary);
	fprintf(f, "cells:\n");
	for (uint32_t i = 0; i < cells->count; i++)
		fprintf(f, "  %s\n", cells->all[i].name);
}
