/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "real.h"
#include "units.h"
#include "workload.h"

#define COLUMNS 64 /* numbers of threads in one table; more are left to the CSV */

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Blocks that were disturbed, or of which the kernel does not tell (CSV_EMPTY). */
static uint32_t count_disturbed(const struct cell *cell, uint64_t disturbed)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < cell->done; i++)
		n += cell->blocks[i].disturbed == disturbed;
	return n;
}

/* Median over the blocks that have the value, without disturbed ones unless all are; NAN if none has. */
static double median(const struct cell *cell, size_t offset)
{
	bool all = count_disturbed(cell, 1) == cell->done;
	double *values = calloc(cell->done + 1, sizeof(*values));
	uint32_t n = 0;
	for (uint32_t i = 0; values != NULL && i < cell->done; i++) {
		double value = *(const double *)((const char *)&cell->blocks[i] + offset);
		if (!isnan(value) && (all || cell->blocks[i].disturbed != 1))
			values[n++] = value;
	}
	if (n > 0)
		qsort(values, n, sizeof(*values), compare_double);
	double result = n == 0 ? NAN : (values[(n - 1) / 2] + values[n / 2]) / 2;
	free(values);
	return result;
}

/* '~': all blocks were disturbed. '?': of one that counts, the kernel does not tell, or not how long each thread waited. */
static char mark_of(const struct cell *cell)
{
	if (cell->done > 0 && count_disturbed(cell, 1) == cell->done)
		return '~';
	for (uint32_t i = 0; i < cell->done; i++)
		if (cell->blocks[i].disturbed == CSV_EMPTY || cell->blocks[i].schedstat == 0)
			return '?';
	return '\0';
}

static void print_value(FILE *f, const struct workload_quantity *q, double value, char mark)
{
	char text[UNITS_BYTES], below[UNITS_BYTES + 1];
	double least = 3 * clock_facts.step_ns;
	bool coarse = q->latency && value < least;
	units_write(text, q->unit, coarse ? least : value);
	snprintf(below, sizeof(below), "%s%s", coarse ? "<" : "", text);
	units_print(f, below, isnan(value) || mark == '\0' ? ' ' : mark);
}

/* Two cells that differ only in strategy and threads stand in one table; prefill counts unless it follows the threads. */
static bool same_table(const struct cell *a, const struct cell *b)
{
	bool usual_a = a->prefill == a->threads + 1 || a->limit != NULL;
	bool usual_b = b->prefill == b->threads + 1 || b->limit != NULL;
	return a->workload == b->workload && a->level == b->level && a->placement == b->placement && a->hold_ns == b->hold_ns &&
	       a->think_ns == b->think_ns && usual_a == usual_b && (usual_a || a->prefill == b->prefill) &&
	       a->has_refill == b->has_refill && a->refill == b->refill && a->load == b->load && a->arrivals == b->arrivals;
}

static bool same_strategy(const struct cell *a, const struct cell *b)
{
	return a->loops == b->loops && a->limit == b->limit && strcmp(a->waiting, b->waiting) == 0 && a->value == b->value;
}

/* The numbers of threads of first's table, ascending as they were made. */
static uint32_t table_threads(const struct cells *cells, const struct cell *first, uint32_t *threads)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < cells->count; i++) {
		const struct cell *c = &cells->all[i];
		bool known = !same_table(c, first);
		for (uint32_t k = 0; k < n && !known; k++)
			known = threads[k] == c->threads;
		if (!known && n < COLUMNS)
			threads[n++] = c->threads;
	}
	return n;
}

/* Above the first of a number's columns. */
static void print_threads(FILE *f, uint32_t threads, bool first)
{
	char text[UNITS_BYTES] = "";
	if (first)
		units_write(text, UNITS_COUNT, threads);
	units_print(f, text, ' ');
}

static void print_heading(FILE *f, const struct cell *c, const uint32_t *threads, uint32_t n)
{
	const struct workload_quantity *q = c->workload->quantities;
	fprintf(f, "\n%s\n", c->workload->question);
	if (c->limit == NULL)
		fprintf(f, "%s, level %s, %s, hold %" PRIu64 " ns, think %" PRIu64 " ns", c->workload->name, cells_level_name(c),
			topology_placement_name(c->placement), c->hold_ns, c->think_ns);
	if (c->limit == NULL && c->prefill != c->threads + 1)
		fprintf(f, ", %" PRIu32 " ms on the list", c->prefill);
	if (c->has_refill)
		fprintf(f, ", refill %s", options_refill_name(c->refill));
	if (c->has_load)
		fprintf(f, ", %s arrivals at %" PRIu32 " %% of the peak", options_arrivals_name(c->arrivals), c->load);
	fprintf(f, "\n%-24s", "threads");
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t i = 0; q[i].heading != NULL; i++)
			print_threads(f, threads[k], i == 0);
	fprintf(f, "\n%-24s", "");
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t i = 0; q[i].heading != NULL; i++)
			units_print(f, q[i].heading, ' ');
	fputc('\n', f);
}

static const struct cell *find(const struct cells *cells, const struct cell *like, uint32_t threads)
{
	for (uint32_t i = 0; i < cells->count; i++) {
		const struct cell *c = &cells->all[i];
		if (same_table(c, like) && same_strategy(c, like) && c->threads == threads)
			return c;
	}
	return NULL;
}

static void print_strategy(FILE *f, const struct cells *cells, const struct cell *like, const uint32_t *threads, uint32_t n)
{
	const struct workload_quantity *q = like->workload->quantities;
	char label[64], name[128];
	cells_label(like, label, sizeof(label));
	snprintf(name, sizeof(name), "%s%s%s", label, like->waiting[0] == '\0' ? "" : " ", like->waiting);
	if (like->has_value) {
		size_t n_name = strlen(name);
		snprintf(name + n_name, sizeof(name) - n_name, " %s:%" PRIu32, like->workload->axis.word, like->value);
	}
	fprintf(f, "%-24s", name);
	for (uint32_t k = 0; k < n; k++) {
		const struct cell *c = find(cells, like, threads[k]);
		for (uint32_t i = 0; q[i].heading != NULL; i++)
			print_value(f, &q[i], c == NULL ? NAN : median(c, q[i].offset), c == NULL ? '\0' : mark_of(c));
	}
	fputc('\n', f);
}

/* Is it the first of its kind? Then its table, or its line, has not been printed. */
static bool is_first(const struct cells *cells, uint32_t at, bool strategy_too)
{
	for (uint32_t i = 0; i < at; i++)
		if (same_table(&cells->all[i], &cells->all[at]) && (!strategy_too || same_strategy(&cells->all[i], &cells->all[at])))
			return false;
	return true;
}

static void print_legend(FILE *f, const struct cells *cells)
{
	bool disturbed = false;
	bool unknown = false;
	for (uint32_t i = 0; i < cells->count; i++) {
		disturbed = disturbed || mark_of(&cells->all[i]) == '~';
		unknown = unknown || mark_of(&cells->all[i]) == '?';
	}
	if (disturbed || unknown)
		fputc('\n', f);
	if (disturbed)
		fputs("~  other work on this machine disturbed every block of the cell: no result\n", f);
	if (unknown)
		fputs("?  the kernel does not tell what disturbed the cell: it may be the neighbours' time\n", f);
}

void table_print(FILE *f, const struct cells *cells)
{
	uint32_t threads[COLUMNS];
	for (uint32_t t = 0; t < cells->count; t++) {
		const struct cell *first = &cells->all[t];
		if (!is_first(cells, t, false))
			continue;
		uint32_t n = table_threads(cells, first, threads);
		print_heading(f, first, threads, n);
		for (uint32_t i = t; i < cells->count; i++)
			if (same_table(&cells->all[i], first) && is_first(cells, i, true))
				print_strategy(f, cells, &cells->all[i], threads, n);
	}
	print_legend(f, cells);
}

static const char *last_words(unsigned properties)
{
	if ((properties & EXTRAM_NO_LAST) != 0)
		return ", no last";
	return (properties & EXTRAM_LAST_EXACT) != 0 ? ", last exact" : ", last may be spurious";
}

/* What is not promised, which mostly peers lack. */
static void list_lacks(FILE *f, const struct extram_strategy *s)
{
	if ((s->properties & EXTRAM_NO_LENGTH) != 0)
		fputs(", length only none or some", f);
	if ((s->properties & EXTRAM_MAY_MISS) != 0)
		fputs(", may say empty though it is not", f);
	if ((s->properties & EXTRAM_FIFO) != 0)
		fputs(", served in order", f);
	if ((s->properties & EXTRAM_CPU_EACH) != 0)
		fputs(", a CPU for each thread", f);
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
	fprintf(f, "real runtimes:%s\n", real_all[0].version == NULL ? " none (meson found no Go when this was built)" : "");
	for (const struct real *r = real_all; r->version != NULL; r++)
		fprintf(f, "  %-18s %s\n", r->loops.strategy->name, r->loops.strategy->summary);
	fprintf(f, "limits:\n");
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		fprintf(f, "  %-18s %s\n", l->name, l->summary);
	fprintf(f, "cells:\n");
	for (uint32_t i = 0; i < cells->count; i++)
		fprintf(f, "  %s\n", cells->all[i].name);
}
