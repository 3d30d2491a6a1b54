/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words and numbers that options accept. A bad one prints the valid choices and exits with
 * status 2, as argp does.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <argp.h>

#include "options.h"

/* The value of one word. Does not return if the word is bad. */
typedef uint64_t words_need(struct argp_state *state, const char *word);

words_need words_table, words_set, words_workload, words_level, words_placement, words_waiting, words_refill, words_arrivals;
words_need words_number;   /* 0 to UINT32_MAX */
words_need words_positive; /* 1 to UINT32_MAX */

/* Seconds of a time such as 30s, 4m or 1h. */
double words_seconds(struct argp_state *state, const char *word);

/* Parses a comma-separated list of values. */
void words_list(struct argp_state *state, char *arg, struct options_list *list, words_need *need);

/* Parses a comma-separated list of strategies and limits. */
void words_strategies(struct argp_state *state, char *arg, struct options *options);

#endif
