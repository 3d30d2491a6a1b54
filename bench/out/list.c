/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The output of --list: strategies with their properties, workloads, limits and the selected cells.
 */
#include <inttypes.h>

#include "lacks.h"
#include "real.h"
#include "table.h"
#include "workload.h"

/* Properties: a column for programs, and what people read if a strategy has it or lacks it. */
static const struct property {
	const char *column;
	unsigned bit;
	const char *has, *lacks; /* NULL: nothing */
} properties[] = {
    {"lifo", EXTRAM_LIFO, "LIFO", "any order"},
    {"no_last", EXTRAM_NO_LAST, "no last flag", NULL},
    {"last_exact", EXTRAM_LAST_EXACT, "last exact", "last may be spurious"},
    {"last_alone", EXTRAM_LAST_ALONE, "but not to a thread alone", NULL},
    {"lock_free", EXTRAM_LOCK_FREE, "lock-free", NULL},
    {"keeps", EXTRAM_KEEPS, "threads keep ms", NULL},
    {"bound", EXTRAM_BOUND, "an m stays bound to its thread", NULL},
    {"bound_serves_signals", EXTRAM_BOUND_SERVES_SIGNALS, "signal handlers use it", NULL},
    {"floor", EXTRAM_FLOOR, "a floor", NULL},
    {"no_length", EXTRAM_NO_LENGTH, "length is only empty or not", NULL},
    {"may_miss", EXTRAM_MAY_MISS, "a get may miss an m", NULL},
    {"fifo", EXTRAM_FIFO, "first come first served", NULL},
    {"cpu_each", EXTRAM_CPU_EACH, "needs a CPU for each thread", NULL},
};
#define PROPERTIES (sizeof(properties) / sizeof(properties[0]))

static void list_strategy(FILE *f, const struct loops *loops)
{
	const struct extram_strategy *s = loops->strategy;
	const char *between = "";
	fprintf(f, "  %-18s %s\n  %-18s  [%s", s->name, s->summary, "", loops->peer ? "a peer, " : "");
	for (size_t i = 0; i < PROPERTIES; i++) {
		const struct property *p = &properties[i];
		const char *words = (s->properties & p->bit) != 0 ? p->has : p->lacks;
		if (words == NULL || (p->bit == EXTRAM_LAST_EXACT && (s->properties & EXTRAM_NO_LAST) != 0))
			continue;
		fprintf(f, "%s%s", between, words);
		between = ", ";
	}
	if (s->capacity != 0)
		fprintf(f, ", holds at most %" PRIu32, s->capacity);
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

/* What is no strategy has empty fields for the properties. */
static void tsv_other(FILE *f, const char *kind, const char *name, const char *summary)
{
	fprintf(f, "%s\t%s\t%s", kind, name, summary);
	for (size_t i = 0; i < PROPERTIES; i++)
		fputc('\t', f);
	fputs("\t\n", f);
}

static void tsv_strategy(FILE *f, const char *kind, const struct extram_strategy *s)
{
	fprintf(f, "%s\t%s\t%s", kind, s->name, s->summary);
	for (size_t i = 0; i < PROPERTIES; i++)
		fprintf(f, "\t%s", (s->properties & properties[i].bit) != 0 ? "yes" : "no");
	fprintf(f, "\t%" PRIu32 "\n", s->capacity);
}

void table_list_tsv(FILE *f, const struct cells *cells)
{
	fputs("kind\tname\tsummary", f);
	for (size_t i = 0; i < PROPERTIES; i++)
		fprintf(f, "\t%s", properties[i].column);
	fputs("\tcapacity\n", f);
	for (const struct loops *const *l = loops_all; *l != NULL; l++)
		tsv_strategy(f, (*l)->peer ? "peer" : "strategy", (*l)->strategy);
	for (const struct workload *const *w = workload_all; *w != NULL; w++)
		tsv_other(f, "workload", (*w)->name, (*w)->question);
	for (const struct real *r = real_all; r->version != NULL; r++)
		tsv_strategy(f, "real", r->loops.strategy);
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		tsv_other(f, l->calibrates ? "calibration" : "limit", l->name, l->summary);
	for (uint32_t i = 0; i < cells->count; i++)
		tsv_other(f, "cell", cells->all[i].name, "");
}
