/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers to the headline questions: for each strategy, the median over the blocks that count. */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include "questions.h"
#include "rows.h"

#define ANSWERS_QUESTIONS 8 /* at most */

struct answer {
	double median, low, high; /* ns; [low, high] is a 95 % interval of the median; NAN: no answer */
	uint32_t blocks;
	bool disturbed; /* every block was disturbed by the machine */
	bool best;      /* indistinguishable from the best strategy's answer */
};

struct answers_line {
	const struct csv_row *row; /* one of its rows: strategy, variant, kind */
	struct answer answer[ANSWERS_QUESTIONS];
};

struct answers {
	struct answers_line *lines; /* floors first, then by the cost on all CPUs */
	uint32_t count;
	uint64_t threads[ANSWERS_QUESTIONS]; /* thread count of each question; 0: no row answers it */
	uint32_t blocks, disturbed;          /* blocks of the questions, and how many the machine disturbed */
};

/* Not thread-safe. The rows must outlive the answers. False: no memory; the cause was printed. */
bool answers_make(struct answers *answers, const struct rows *rows);
void answers_free(struct answers *answers);

#endif
