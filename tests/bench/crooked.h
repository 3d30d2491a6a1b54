/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A strategy for tests: an array under a lock. It works, unless it is told to lose an m or to hand
 * one out twice. It shows that a block fails then.
 */
#ifndef TESTS_BENCH_CROOKED_H
#define TESTS_BENCH_CROOKED_H

#include "loops.h"

enum crooked {
	CROOKED_NEVER,
	CROOKED_LOSES,     /* an m less */
	CROOKED_TWICE,     /* an m takes another's place, so the number is right */
	CROOKED_ONE_MORE,  /* an m comes a second time, so there is one too many */
	CROOKED_MISCOUNTS, /* all ms are there, but length is one less */
};

/* What it does when a thread leaves; once for each list. Set it while no thread uses a list. */
extern enum crooked crooked_does;

/* Does it at once, if two ms are parked. */
void crooked_do(struct extram_list *list, enum crooked what);

extern const struct extram_strategy extram_crooked;
extern const struct loops loops_crooked; /* its measured loops */

#endif
