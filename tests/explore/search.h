/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decides what the program leaves open: which thread continues, which store a load reads, whether a
 * weak exchange fails, where a signal handler runs.
 *
 * A schedule is the list of these decisions. Each has a default, 0: the same thread continues, the
 * load reads the newest store, the exchange does not fail, no
 * handler runs. A written schedule has the decisions
 * that are not 0, "7:1,15:2" (number of the decision : choice), or "-" if there is none. The
 * numbering does not depend on bounds or mode, so a schedule can be replayed under any of them.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum search_mode { SEARCH_DFS, SEARCH_PCT, SEARCH_RANDOM, SEARCH_REPLAY };

/* Each decision that is not 0 uses up one of its kind's bound; free ones are not bounded. */
enum search_kind { SEARCH_FREE, SEARCH_PREEMPTION, SEARCH_STALE, SEARCH_SPURIOUS, SEARCH_SIGNAL, SEARCH_KINDS };

struct search_options {
	enum search_mode mode;
	uint32_t bound[SEARCH_KINDS];
	uint64_t seed;
	const char *replay;
};

/* False: the text to replay is not a schedule. */
bool search_start(const struct search_options *options);

/* Call it before each run. */
void search_begin(void);

/* Call it after each run. False: every schedule within the bounds has been run. */
bool search_next(void);

/* Makes a choice of 0 .. n - 1. */
uint32_t search_pick(enum search_kind kind, uint32_t n);

/* Chooses one of the threads in a mask that is not 0. self: the running thread, which is the
 * default if it is in the mask; otherwise -1. */
int search_thread(enum search_kind kind, int self, uint32_t mask);

/* The bounds that the depth-first search has reached: it raises them step by step, so that short
 * schedules come first. */
uint32_t search_bound(enum search_kind kind);

/* The schedule of the run so far. */
void search_print(FILE *f);

#endif
