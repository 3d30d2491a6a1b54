/* SPDX-License-Identifier: BSD-3-Clause */
/* The headline questions of results/questions.def. Constant and thread-safe. */
#ifndef BENCH_QUESTIONS_H
#define BENCH_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_row;

enum questions_threads { QUESTIONS_ONE, QUESTIONS_ALL, QUESTIONS_MOST, QUESTIONS_COUNT };

struct question {
	const char *name, *heading, *workload, *level;
	enum questions_threads threads;
	uint32_t work_ns;  /* hold and think */
	uint32_t prefill;  /* 0: threads + 1 */
	size_t column;     /* offset of a double in struct csv_row */
	double ns;         /* nanoseconds in one unit of the column */
	uint32_t block_ms; /* the planner may change it */
	uint32_t in_round; /* blocks of a cell in each round */
};

/* Ends with a NULL name. */
extern const struct question questions_all[];

/*
 * Reports whether the row belongs to the question. A question about many threads matches every such
 * thread count; the largest one in a file answers it.
 */
bool questions_asks(const struct question *question, const struct csv_row *row);

/* The row's answer in ns. NAN: the row has none. */
double questions_answer(const struct question *question, const struct csv_row *row);

#endif
