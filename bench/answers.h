/* SPDX-License-Identifier: BSD-3-Clause */
/* The answers to the headline questions, from rows: for each strategy the median over the blocks that count. */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include "questions.h"
#include "rows.h"

#define ANSWERS_QUESTIONS 8 /* at most */

struct answer {
	double median, low, high; /* ns; low and high hold the median with about 95 %; NAN: there is no answer */
	uint32_t blocks;
	bool disturbed; /* the machine disturbed all of its blocks */
	bool best;      /* not distinguishable from the best strategy's answer */
};

struct answers_line {
	const struct csv_row *row; /* one of its rows: strategy, variant, kind */
	struct answer answer[ANSWERS_QUESTIONS];
};

struct answers {
	struct answers_line *lines; /* floors first, then by the cost on all CPUs */
	uint32_t count;
	uint64_t threads[ANSWERS_QUESTIONS]; /* of each question; 0: no row answers it */
	uint32_t blocks, disturbed;          /* all blocks of the questions, and those that the machine disturbed */
};

/* One thread at a time. The rows must outlive the answers. False: no memory; the cause was printed. */
bool answers_make(struct answers *answers, const struct rows *rows);
void answers_free(struct answers *answers);

#endif
