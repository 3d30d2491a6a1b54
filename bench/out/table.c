/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "axes.h"
#include "median.h"
#include "units.h"
#include "workload.h"

#define WORDS 96   /* bytes for an axis in words */
#define COLUMNS 64 /* most thread counts in one table; the CSV has them all */

/* The blocks of one cell. */
struct block_set {
	const struct csv_row **rows;
	uint32_t count;
};

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
	double result = n == 0 ? NAN : median_sort(values, n);
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
 * Reports whether two cells agree on what the table shows there. Prefills of threads + 1 agree.
 */
static bool same(const struct csv_row *a, const struct csv_row *b, enum axes_shown shown)
{
	for (enum axes axis = 0; axis < AXES; axis++)
		if (axes_all[axis].shown == shown && !axes_same(a, b, axis) &&
		    (axis != AXES_prefill || !usual_prefill(a) || !usual_prefill(b)))
			return false;
	return true;
}

static bool same_table(const struct csv_row *a, const struct csv_row *b)
{
	return same(a, b, AXES_HEADING) && strcmp(a->source, b->source) == 0;
}

static bool same_line(const struct csv_row *a, const struct csv_row *b)
{
	return same(a, b, AXES_LINE);
}

/* The thread counts of a table, ascending. */
struct columns {
	uint64_t threads[COLUMNS + 1];
	uint32_t count;
};

static struct columns table_columns(const struct rows *rows, const struct csv_row *first)
{
	struct columns columns;
	uint64_t *threads = columns.threads;
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
	columns.count = n;
	return columns;
}

/* Printed above the first column of a thread count. */
static void print_threads(FILE *f, uint64_t threads, bool first)
{
	char text[UNITS_BYTES] = "";
	if (first)
		units_write(text, UNITS_COUNT, (double)threads);
	units_print(f, text, ' ');
}

/* The value in the axis' words. "": none to show. */
static const char *words(char text[WORDS], const struct csv_row *row, enum axes axis)
{
	char number[AXES_TEXT];
	const char *value = axes_text(row, axis, number);
	text[0] = '\0';
	if (value[0] != '\0')
		snprintf(text, WORDS, axes_all[axis].phrase, value);
	return text;
}

static void print_conditions(FILE *f, const struct csv_row *row)
{
	char text[WORDS];
	for (enum axes axis = 0; axis < AXES && !is_limit(row); axis++)
		if (axes_all[axis].shown == AXES_HEADING && (axis != AXES_prefill || !usual_prefill(row)))
			if (words(text, row, axis)[0] != '\0')
				fprintf(f, "%s%s", axis == 0 ? "" : ", ", text);
}

static void print_heading(FILE *f, const struct csv_row *row, const struct columns *columns)
{
	const struct workload *w = workload_all[workload_find(row->workload)];
	const struct workload_quantity *q = w->quantities;
	fprintf(f, "\n%s\n", w->question);
	print_conditions(f, row);
	fprintf(f, "\n%-24s", "threads");
	for (uint32_t k = 0; k < columns->count; k++)
		for (uint32_t i = 0; q[i].heading != NULL; i++)
			print_threads(f, columns->threads[k], i == 0);
	fprintf(f, "\n%-24s", "");
	for (uint32_t k = 0; k < columns->count; k++)
		for (uint32_t i = 0; q[i].heading != NULL; i++)
			units_print(f, q[i].heading, ' ');
	fputc('\n', f);
}

static void print_name(FILE *f, const struct csv_row *row)
{
	char text[WORDS];
	char name[128];
	rows_label(row, name, 64);
	for (enum axes axis = 0; axis < AXES; axis++)
		if (axes_all[axis].shown == AXES_LINE && words(text, row, axis)[0] != '\0')
			snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", text);
	fprintf(f, "%-24s", name);
}

static void print_line(FILE *f, const struct rows *rows, const struct csv_row *like, const struct columns *columns)
{
	const struct workload *w = workload_all[workload_find(like->workload)];
	const struct csv_row **found = calloc(rows->count + 1, sizeof(const struct csv_row *));
	print_name(f, like);
	for (uint32_t k = 0; k < columns->count && found != NULL; k++) {
		struct block_set set = {found, 0};
		for (uint32_t i = 0; i < rows->count; i++) {
			const struct csv_row *row = &rows->all[i];
			if (row->threads == columns->threads[k] && same_table(row, like) && same_line(row, like))
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
	for (uint32_t t = 0; t < rows->count; t++) {
		const struct csv_row *first = &rows->all[t];
		if (workload_find(first->workload) < 0 || !is_first(rows, t, false))
			continue;
		struct columns columns = table_columns(rows, first);
		print_heading(f, first, &columns);
		for (uint32_t i = t; i < rows->count; i++)
			if (same_table(&rows->all[i], first) && is_first(rows, i, true))
				print_line(f, rows, &rows->all[i], &columns);
	}
	fputs("\n~  other work disturbed every block of the cell: no result\n"
	      "?  the kernel does not report whether other work disturbed the cell\n",
	      f);
}
