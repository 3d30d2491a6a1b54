/* SPDX-License-Identifier: BSD-3-Clause */
/* The words and numbers that an option may be given. What is none of them ends the process as argp does, with status 2 and the choice. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <argp.h>

#include "options.h"

/* The value of one word; does not return if it has none. */
typedef uint64_t words_need(struct argp_state *state, const char *word);

words_need words_table, words_set, words_workload, words_level, words_placement, words_waiting, words_refill, words_arrivals;
words_need words_number;   /* 0 to UINT32_MAX */
words_need words_positive; /* from 1 */

/* Seconds, from a time such as 30s, 4m or 1h. */
double words_seconds(struct argp_state *state, const char *word);

/* The values of a comma-separated list. */
void words_list(struct argp_state *state, char *arg, struct options_list *list, words_need *need);

/* The names of strategies and limits in such a list. */
void words_strategies(struct argp_state *state, char *arg, struct options *options);

#endif
