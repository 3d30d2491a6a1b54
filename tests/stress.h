/* SPDX-License-Identifier: BSD-3-Clause */
/* What the threads of stress.c do. */
#ifndef STRESS_H
#define STRESS_H

#include "harness.h"

#define STRESS_BOXES 2

/* One phase: threads on one list. */
struct job {
	struct fixture f;
	uint64_t gets;       /* to be done by each thread */
	bool all_on_one_cpu; /* and stay there */
	_Atomic bool stop;   /* time is up */
	struct crew_gate gate;
	/* ms between two owners that are not on the list */
	struct payload_m *_Atomic box[STRESS_BOXES];
	/* stress_refill only */
	_Atomic uint32_t made;
	bool over;
};

/* Holds up to a few ms, takes, gives, hands over, moves between CPUs. Waits for an m only when it has none. */
void stress_mixed(struct worker *w);

/* Nothing but get, get, put, put. */
void stress_two(struct worker *w);

/* Nothing but get, waiting, and put. */
void stress_waiting(struct worker *w);

/* Rounds that start with one m and need one for each thread at once; who empties the list, or sees waiters, makes new ones. */
void stress_refill(struct worker *w);

#endif
