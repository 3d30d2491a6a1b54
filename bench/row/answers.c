/* SPDX-License-Identifier: BSD-3-Clause */
#include "answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "median.h"

static bool no_memory(void)
{
	fprintf(stderr, "extram-bench: no memory for the table\n");
	return false;
}

static bool same_line(const struct csv_row *a, const struct csv_row *b)
{
	return strcmp(a->strategy, b->strategy) == 0 && strcmp(a->variant, b->variant) == 0;
}

static struct answers_line *find_line(struct answers *all, const struct csv_row *row)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (same_line(all->lines[i].row, row))
			return &all->lines[i];
	return NULL;
}

static bool answers_any(const struct csv_row *row)
{
	for (const struct question *q = questions_all; q->name != NULL; q++)
		if (questions_asks(q, row))
			return true;
	return false;
}

static bool make_lines(struct answers *all, const struct rows *rows)
{
	all->count = 0;
	all->lines = calloc(rows->count + 1, sizeof(*all->lines));
	if (all->lines == NULL)
		return no_memory();
	for (uint32_t i = 0; i < rows->count; i++)
		if (answers_any(&rows->all[i]) && find_line(all, &rows->all[i]) == NULL)
			all->lines[all->count++].row = &rows->all[i];
	return true;
}

/* The thread count that answers a question: the largest one. */
static uint64_t most_threads(const struct rows *rows, const struct question *q)
{
	uint64_t most = 0;
	for (uint32_t i = 0; i < rows->count; i++)
		if (questions_asks(q, &rows->all[i]) && rows->all[i].threads > most)
			most = rows->all[i].threads;
	return most;
}

static bool polls(const struct csv_row *row)
{
	return strcmp(row->waiting, "poll") == 0;
}

/*
 * If a strategy was measured with several ways to wait or placements, uses polling and the first
 * placement.
 */
static bool stands_for(const struct csv_row *row, const struct csv_row *chosen)
{
	return strcmp(row->waiting, chosen->waiting) == 0 && strcmp(row->placement, chosen->placement) == 0;
}

static const struct csv_row *choose(const struct rows *rows, const struct question *q, const struct csv_row *line, uint64_t threads)
{
	const struct csv_row *chosen = NULL;
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct csv_row *row = &rows->all[i];
		if (same_line(row, line) && row->threads == threads && questions_asks(q, row) &&
		    (chosen == NULL || (polls(row) && !polls(chosen))))
			chosen = row;
	}
	return chosen;
}

/*
 * Median and its confidence interval by order statistics, with the normal approximation to the
 * binomial.
 */
static void summarise(struct answer *answer, double *values, uint32_t n)
{
	double reach = 0.98 * sqrt(n);
	double low = floor(n / 2.0 - reach);
	double high = ceil(n / 2.0 + reach);
	answer->blocks = n;
	answer->median = median_sort(values, n);
	answer->low = values[low < 0 ? 0 : (uint32_t)low];
	answer->high = values[high > n - 1 ? n - 1 : (uint32_t)high];
}

/* chosen: NULL if no cell answers. values: room for a number of each row. */
static struct answer answer_one(const struct rows *rows, const struct question *q, const struct csv_row *chosen, double *values)
{
	struct answer answer = {NAN, NAN, NAN, 0, false, false};
	/* Disturbed blocks count only if there are no others. */
	for (int disturbed = 0; disturbed <= 1 && answer.blocks == 0 && chosen != NULL; disturbed++) {
		uint32_t n = 0;
		for (uint32_t i = 0; i < rows->count; i++) {
			const struct csv_row *row = &rows->all[i];
			if (same_line(row, chosen) && row->threads == chosen->threads && stands_for(row, chosen) &&
			    questions_asks(q, row) && !isnan(questions_answer(q, row)) && (row->disturbed == 1) == (disturbed == 1))
				values[n++] = questions_answer(q, row);
		}
		if (n > 0)
			summarise(&answer, values, n);
		answer.disturbed = disturbed == 1;
	}
	return answer;
}

static void count_blocks(struct answers *all, const struct rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (answers_any(&rows->all[i])) {
			all->blocks++;
			all->disturbed += rows->all[i].disturbed == 1;
		}
}

static bool is_strategy(const struct csv_row *row)
{
	return row != NULL && row->floor == 0 && (strcmp(row->kind, "strategy") == 0 || row->kind[0] == '\0');
}

static void mark_best(struct answers *all, uint32_t number)
{
	const struct answer *best = NULL;
	for (uint32_t i = 0; i < all->count; i++) {
		const struct answer *a = &all->lines[i].answer[number];
		if (is_strategy(all->lines[i].row) && !a->disturbed && !isnan(a->median) && (best == NULL || a->median < best->median))
			best = a;
	}
	for (uint32_t i = 0; i < all->count && best != NULL; i++) {
		struct answer *a = &all->lines[i].answer[number];
		a->best = is_strategy(all->lines[i].row) && !a->disturbed && !isnan(a->median) && a->low <= best->high;
	}
}

/* Floors first. Then by the first question that both answer, starting with the cost on all CPUs. */
static int compare_lines(const void *a, const void *b)
{
	const struct answers_line *x = a;
	const struct answers_line *y = b;
	if (x->row->floor != y->row->floor)
		return x->row->floor == 1 ? -1 : 1;
	for (uint32_t n = 1; questions_all[n].name != NULL; n++) {
		double p = x->answer[n].median;
		double q = y->answer[n].median;
		if (isnan(p) != isnan(q))
			return isnan(p) ? 1 : -1;
		if (!isnan(p) && p != q)
			return p < q ? -1 : 1;
	}
	return strcmp(x->row->strategy, y->row->strategy);
}

bool answers_make(struct answers *all, const struct rows *rows)
{
	*all = (struct answers){.lines = NULL};
	double *values = calloc(rows->count + 1, sizeof(*values));
	if (values == NULL)
		return no_memory();
	if (!make_lines(all, rows)) {
		free(values);
		return false;
	}
	for (uint32_t n = 0; questions_all[n].name != NULL && n < ANSWERS_QUESTIONS; n++) {
		all->threads[n] = most_threads(rows, &questions_all[n]);
		for (uint32_t i = 0; i < all->count; i++) {
			struct answers_line *line = &all->lines[i];
			const struct csv_row *chosen = choose(rows, &questions_all[n], line->row, all->threads[n]);
			line->answer[n] = answer_one(rows, &questions_all[n], chosen, values);
		}
		mark_best(all, n);
	}
	free(values);
	count_blocks(all, rows);
	qsort(all->lines, all->count, sizeof(*all->lines), compare_lines);
	return true;
}

void answers_free(struct answers *all)
{
	free(all->lines);
	all->lines = NULL;
}
