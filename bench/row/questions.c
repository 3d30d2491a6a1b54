/* SPDX-License-Identifier: BSD-3-Clause */
#include "questions.h"

#include <string.h>

#include "csv.h"

/* The columns that can answer a question, with their units. */
#define NS_ns_per_pair 1
#define NS_p999_ns 1
#define NS_all_in_ms 1e6

const struct question questions_all[] = {
#define QUESTION(name, heading, workload, level, threads, work, prefill, column, block_ms, in_round)                                       \
	{#name,       heading,  #workload, #level, QUESTIONS_##threads, work, prefill, offsetof(struct csv_row, column),                   \
	 NS_##column, block_ms, in_round},
#include "questions.def"
#undef QUESTION
    {.name = NULL},
};

static bool threads_match(const struct question *q, const struct csv_row *row)
{
	switch (q->threads) {
	case QUESTIONS_ONE:
		return row->threads == 1;
	case QUESTIONS_ALL:
		return row->threads == row->cpus;
	default:
		return row->threads > row->cpus;
	}
}

bool questions_asks(const struct question *q, const struct csv_row *row)
{
	uint64_t prefill = q->prefill != 0 ? q->prefill : row->threads + 1;
	bool as_go = row->refill[0] == '\0' || strcmp(row->refill, "go") == 0;
	return strcmp(row->workload, q->workload) == 0 && strcmp(row->level, q->level) == 0 && row->hold_ns == q->work_ns &&
	       row->think_ns == q->work_ns && row->prefill == prefill && as_go && threads_match(q, row);
}

double questions_answer(const struct question *q, const struct csv_row *row)
{
	return *(const double *)((const char *)row + q->column) * q->ns;
}
