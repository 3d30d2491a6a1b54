/* SPDX-License-Identifier: BSD-3-Clause */
/* A list with its ms, and what every test of it wants to know of an m: whose it is, and whether its contents came along. */
#ifndef HARNESS_H
#define HARNESS_H

#include "crew.h"
#include "extram.h"

#define HARNESS_WORDS 4

struct payload_m {
	struct m m; /* first: the list's part */
	uint32_t id;
	bool seen;                     /* by a drain */
	_Atomic unsigned holder;       /* id of the worker that has it, 0 while it is parked; tells two owners even if nothing is ordered */
	unsigned owner;                /* the same in a plain word: only put and get carry it over */
	uint64_t words[HARNESS_WORDS]; /* plain: written by each owner */
	uint64_t sum;                  /* of words */
};

struct fixture {
	const struct extram_strategy *s;
	struct extram_list *list;
	struct payload_m *ms;
	uint32_t n;
};

/* A list of the strategy, empty, and n ms that it has admitted. */
struct fixture fixture_make(const struct extram_strategy *s, uint32_t n);
void fixture_free(struct fixture *f);

/* Makes the list anew, in the same memory. */
void fixture_again(struct fixture *f);

/* The moment an m becomes the worker's, and stops to be: who else has it, and did the last owner's writes arrive? */
struct payload_m *payload_take(struct fixture *f, struct worker *w, struct m *mp);
void payload_give(struct worker *w, struct payload_m *p);

/* get and put with these. The put may be kept by this thread; fixture_park's is for others in any case. */
struct payload_m *fixture_get(struct fixture *f, struct worker *w, bool nilokay, bool *last);
void fixture_put(struct fixture *f, struct worker *w, struct payload_m *p);
void fixture_park(struct fixture *f, struct worker *w, struct payload_m *p);

/* What the thread keeps becomes the list's, and length exact. */
void fixture_settle(struct fixture *f);

/* Parks the ith m, or all of them, for the first time. */
void fixture_new(struct fixture *f, struct worker *w, uint32_t i);
void fixture_fill(struct fixture *f, struct worker *w);

/* Is length right for so many ms on the list, as far as the strategy counts? */
bool fixture_length_is(const struct fixture *f, uint32_t n);

/* Nobody uses the list: exactly `parked` different ms come out of it, and the length goes with them. They are the worker's then. */
void fixture_drain(struct fixture *f, struct worker *w, uint32_t parked);

#endif
