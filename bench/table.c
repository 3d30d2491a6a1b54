/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"
#include "workload.h"

#define COLUMNS 64 /* most thread counts in one table; the CSV has them all */

/* The blocks of one cell. */
struct block_set {
	const struct csv_row **rows;
	uint32_t count;
};

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Counts the disturbed blocks, or those where that is unknown (CSV_EMPTY). */
static uint32_t count_disturbed(const struct block_set *set, uint64_t disturbed)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < set->count; i++)
		n += set->rows[i]->disturbed == disturbed;
	return n;
}

/* Median over the blocks with a value. Leaves out disturbed ones unless all are. NAN: no value. */
static double median(const struct block_set *set, size_t offset)
{
	bool all = count_disturbed(set, 1) == set->count;
	double *values = calloc(set->count + 1, sizeof(*values));
	uint32_t n = 0;
	for (uint32_t i = 0; values != NULL && i < set->count; i++) {
		double value = *(const double *)((const char *)set->rows[i] + offset);
		if (!isnan(value) && (all || set->rows[i]->disturbed != 1))
			values[n++] = value;
	}
	if (n > 0)
		qsort(values, n, sizeof(*values), compare_double);
	double result = n == 0 ? NAN : (values[(n - 1) / 2] + values[n / 2]) / 2;
	free(values);
	return result;
}

/*
 * '~': all blocks were disturbed. '?': for a block that counts, disturbance or waiting time is
 * unknown.
 */
static char mark_of(const struct block_set *set)
{
	if (set->count > 0 && count_disturbed(set, 1) == set->count)
		return '~';
	for (uint32_t i = 0; i < set->count; i++)
		if (set->rows[i]->disturbed == CSV_EMPTY || set->rows[i]->schedstat == 0)
			return '?';
	return '\0';
}

static void print_value(FILE *f, const struct workload_quantity *q, const struct block_set *set, char mark)
{
	char text[UNITS_BYTES], below[UNITS_BYTES + 1];
	double value = median(set, q->offset);
	double least = set->count > 0 ? 3 * set->rows[0]->timer_step_ns : 0;
	bool coarse = q->latency && value < least;
	units_write(text, q->unit, coarse ? least : value);
	snprintf(below, sizeof(below), "%s%s", coarse ? "<" : "", text);
	units_print(f, below, isnan(value) || mark == '\0' ? ' ' : mark);
}

static bool is_limit(const struct csv_row *row)
{
	return strcmp(row->level, "machine") == 0;
}

static bool usual_prefill(const struct csv_row *row)
{
	return row->prefill == row->threads + 1 || is_limit(row);
}

/*
 * Reports whether two cells share a table: they differ only in strategy, threads, or a prefill of
 * threads + 1.
 */
static bool same_table(const struct csv_row *a, const struct csv_row *b)
{
	return strcmp(a->workload, b->workload) == 0 && strcmp(a->level, b->level) == 0 && strcmp(a->placement, b->placement) == 0 &&
	       a->hold_ns == b->hold_ns && a->think_ns == b->think_ns && usual_prefill(a) == usual_prefill(b) &&
	       (usual_prefill(a) || a->prefill == b->prefill) && strcmp(a->refill, b->refill) == 0 && a->load == b->load &&
	       strcmp(a->arrivals, b->arrivals) == 0 && strcmp(a->trace, b->trace) == 0 && strcmp(a->source, b->source) == 0;
}

static bool same_line(const struct csv_row *a, const struct csv_row *b)
{
	return strcmp(a->strategy, b->strategy) == 0 && strcmp(a->variant, b->variant) == 0 && strcmp(a->waiting, b->waiting) == 0 &&
	       a->calls == b->calls && a->signal_hz == b->signal_hz;
}

/* The thread counts of first's table, ascending. */
static uint32_t table_threads(const struct rows *rows, const struct csv_row *first, uint64_t *threads)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct csv_row *row = &rows->all[i];
		uint32_t at = 0;
		while (at < n && threads[at] < row->threads)
			at++;
		if (!same_table(row, first) || (at < n && threads[at] == row->threads) || n == COLUMNS)
			continue;
		memmove(&threads[at + 1], &threads[at], (n - at) * sizeof(*threads));
		threads[at] = row->threads;
		n++;
	}
	return n;
}

/* Printed above the first column of a thread count. */
static void print_threads(FILE *f, uint64_t threads, bool first)
{
	char text[UNITS_BYTES] = "";
	if (first)
		units_write(text, UNITS_COUNT, (double)threads);
	units_print(f, text, ' ');
}

static void print_conditions(FILE *f, const struct csv_row *row)
{
	if (is_limit(row))
		return;
	fprintf(f, "%s, level %s, %s, hold %" PRIu64 " ns, think %" PRIu64 " ns", row->workload, row->level, row->placement, row->hold_ns,
		row->think_ns);
	if (!usual_prefill(row))
		fprintf(f, ", %" PRIu64 " ms on the list", row->prefill);
	if (row->refill[0] != '\0')
		fprintf(f, ", refill %s", row->refill);
	if (row->load != CSV_EMPTY)
		fprintf(f, ", %s arrivals at %" PRIu64 " %% of the peak", row->arrivals, row->load);
	if (row->trace[0] != '\0')
		fprintf(f, ", trace %s", row->trace);
}

static void print_heading(FILE *f, const struct workload *w, const struct csv_row *row, const uint64_t *threads, uint32_t n)
{
	const struct workload_quantity *q = w->quantities;
	fprintf(f, "\n%s\n", w->question);
	print_conditions(f, row);
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

static void print_name(FILE *f, const struct csv_row *row, const struct workload *w)
{
	char label[64], name[128], value[48] = "";
	uint64_t own = w->axis.word == NULL ? CSV_EMPTY : *(const uint64_t *)((const char *)row + w->axis.offset);
	rows_label(row, label, sizeof(label));
	if (own != CSV_EMPTY)
		snprintf(value, sizeof(value), " %s:%" PRIu64, w->axis.word, own);
	snprintf(name, sizeof(name), "%s%s%s%s", label, row->waiting[0] == '\0' ? "" : " ", row->waiting, value);
	fprintf(f, "%-24s", name);
}

static void print_line(FILE *f, const struct rows *rows, const struct csv_row *like, const uint64_t *threads, uint32_t n)
{
	const struct workload *w = workload_all[workload_find(like->workload)];
	const struct csv_row **found = calloc(rows->count + 1, sizeof(const struct csv_row *));
	print_name(f, like, w);
	for (uint32_t k = 0; k < n && found != NULL; k++) {
		struct block_set set = {found, 0};
		for (uint32_t i = 0; i < rows->count; i++) {
			const struct csv_row *row = &rows->all[i];
			if (row->threads == threads[k] && same_table(row, like) && same_line(row, like))
				found[set.count++] = row;
		}
		for (const struct workload_quantity *q = w->quantities; q->heading != NULL; q++)
			print_value(f, q, &set, mark_of(&set));
	}
	fputc('\n', f);
	free(found);
}

/* Reports whether the row is the first of its table, or of its line. */
static bool is_first(const struct rows *rows, uint32_t at, bool line_too)
{
	for (uint32_t i = 0; i < at; i++)
		if (same_table(&rows->all[i], &rows->all[at]) && (!line_too || same_line(&rows->all[i], &rows->all[at])))
			return false;
	return true;
}

void table_print(FILE *f, const struct rows *rows)
{
	uint64_t threads[COLUMNS + 1];
	for (uint32_t t = 0; t < rows->count; t++) {
		const struct csv_row *first = &rows->all[t];
		int workload = workload_find(first->workload);
		if (workload < 0 || !is_first(rows, t, false))
			continue;
		uint32_t n = table_threads(rows, first, threads);
		print_heading(f, workload_all[workload], first, threads, n);
		for (uint32_t i = t; i < rows->count; i++)
			if (same_table(&rows->all[i], first) && is_first(rows, i, true))
				print_line(f, rows, &rows->all[i], threads, n);
	}
	fputs("\n~  other work disturbed every block of the cell: no result\n"
	      "?  the kernel does not report whether other work disturbed the cell\n",
	      f);
}
