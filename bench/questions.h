/* SPDX-License-Identifier: BSD-3-Clause */
/* The headline questions of results/questions.def. Constant; any thread may call. */
#ifndef BENCH_QUESTIONS_H
#define BENCH_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct csv_row;
struct options_list;

enum questions_threads { QUESTIONS_ONE, QUESTIONS_ALL, QUESTIONS_MOST, QUESTIONS_COUNT };

struct question {
	const char *name, *heading, *workload, *level;
	enum questions_threads threads;
	uint32_t work_ns;  /* hold and think */
	uint32_t prefill;  /* 0: threads + 1 */
	size_t column;     /* of a double in struct csv_row */
	double ns;         /* of one unit of the column */
	uint32_t block_ms; /* before the planner changes it */
	uint32_t in_round; /* blocks of a cell */
};

/* Ended by a NULL name. */
extern const struct question questions_all[];

/*
 * Is the row a block of a cell that the question asks about? A question about many threads asks about every such
 * number: the largest one in a file answers it.
 */
bool questions_asks(const struct question *question, const struct csv_row *row);

/* The row's answer in ns; NAN: the block has none. */
double questions_answer(const struct question *question, const struct csv_row *row);

#endif
