/* SPDX-License-Identifier: BSD-3-Clause */
/* A list with its ms. Each m records its owner and carries contents, so that a test can check
 * both. */
#ifndef HARNESS_H
#define HARNESS_H

#include "crew.h"
#include "extram.h"
#include "lacks.h"

#define HARNESS_WORDS 4

struct payload_m {
	struct m m; /* first: the list's part */
	uint32_t id;
	bool seen;                     /* found by a drain */
	_Atomic unsigned holder;       /* id of the worker that has it, 0 while it is parked; shows two owners even if nothing is ordered */
	unsigned owner;                /* the same in a plain word, which only put and get carry over */
	uint64_t words[HARNESS_WORDS]; /* plain: written by each owner */
	uint64_t sum;                  /* of words */
};

struct fixture {
	const struct extram_strategy *s;
	struct extram_list *list;
	struct payload_m *ms;
	uint32_t n;
	bool late; /* fixture_new admits each m; otherwise all are admitted before */
};

/* An empty list of the strategy, and n ms that it has admitted. */
struct fixture fixture_make(const struct extram_strategy *s, uint32_t n);

/* The same, but fixture_new admits the ms, in whichever thread calls it. */
struct fixture fixture_make_late(const struct extram_strategy *s, uint32_t n);
/* True: a process can have only one list of the strategy. */
static inline bool fixture_alone(const struct extram_strategy *s)
{
	return (s->properties & EXTRAM_FLOOR) != 0;
}

void fixture_free(struct fixture *f);

/* Makes the list again, in the same memory. */
void fixture_again(struct fixture *f);

/* Call these when an m becomes the worker's, and when it stops being so. They check that no other
 * worker has it, and that the last owner's writes arrived. */
struct payload_m *payload_take(struct fixture *f, struct worker *w, struct m *mp);
void payload_give(struct worker *w, struct payload_m *p);

/* get and put with those checks. fixture_put may leave the m with this thread; fixture_park always
 * makes it available to others. */
struct payload_m *fixture_get(struct fixture *f, struct worker *w, bool nilokay, bool *last);
void fixture_put(struct fixture *f, struct worker *w, struct payload_m *p);
void fixture_park(struct fixture *f, struct worker *w, struct payload_m *p);

/* Gives what the thread keeps to the list, so that length is exact. */
void fixture_settle(struct fixture *f);

/* Parks the ith m, or all of them, for the first time. */
void fixture_new(struct fixture *f, struct worker *w, uint32_t i);
void fixture_fill(struct fixture *f, struct worker *w);

/* Reports whether length is right for n ms on the list, as far as the strategy counts. */
bool fixture_length_is(const struct fixture *f, uint32_t n);

/* No other thread uses the list. Checks that exactly `parked` different ms come out of it and that
 * the length follows. The worker then has them. */
void fixture_drain(struct fixture *f, struct worker *w, uint32_t parked);

#endif
