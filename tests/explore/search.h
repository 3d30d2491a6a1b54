/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who decides what the program leaves open: which thread goes on, which store a load reads, whether a weak exchange fails.
 *
 * A schedule is the list of these decisions. Each has a default, 0: the same thread goes on, the load reads the newest store, the
 * exchange does not fail. Written down: the decisions that are not 0, "7:1,15:2" (number of the decision : choice), or "-" if none is.
 * The numbering does not depend on bounds or mode, so a schedule can be replayed under any.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum search_mode { SEARCH_DFS, SEARCH_PCT, SEARCH_RANDOM, SEARCH_REPLAY };

/* Each decision of a kind that is not 0 takes one from its bound; free ones are not bounded. */
enum search_kind { SEARCH_FREE, SEARCH_PREEMPTION, SEARCH_STALE, SEARCH_SPURIOUS, SEARCH_KINDS };

struct search_options {
	enum search_mode mode;
	uint32_t bound[SEARCH_KINDS];
	uint64_t seed;
	const char *replay;
};

/* False: the schedule to replay is no schedule. */
bool search_start(const struct search_options *options);

/* Before each run. */
void search_begin(void);

/* After each run. False: every schedule within the bounds has been run. */
bool search_next(void);

/* A choice of 0 .. n - 1. */
uint32_t search_pick(enum search_kind kind, uint32_t n);

/* One of the threads in a mask that is not 0; self: the one that runs, the default if it is in the mask, else -1. */
int search_thread(enum search_kind kind, int self, uint32_t mask);

/* The bounds that the depth-first search has reached: it raises them step by step, so that short schedules come first. */
uint32_t search_bound(enum search_kind kind);

/* The schedule of the run so far. */
void search_print(FILE *f);

#endif
