/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of world.h share: one run of a client. */
#ifndef WORLD_INSIDE_H
#define WORLD_INSIDE_H

#include "record.h"
#include "world.h"

struct world {
	const struct extram_strategy *strategy;
	const struct client *client;
	struct extram_list *lists[WORLD_LISTS];
	int used[CLOCK_THREADS]; /* the list that the thread uses */
	struct world_m ms[WORLD_MS];
	uint64_t stamps[WORLD_MS]; /* what the stamps should be */
	uint64_t last_stamp;
	int fresh;             /* ms in use so far */
	bool parked[WORLD_MS]; /* at the end: on the list, if all is well */
	int owner[WORLD_MS];   /* the thread that got it last */
	int user[WORLD_MS];    /* the thread that is between world_uses and world_used, and how often */
	uint32_t users[WORLD_MS];
	uint32_t waits, taken; /* gets that had to wait; waiters taken over */
	_Atomic uint32_t stage;
};

extern struct world world;

int world_m_number(const struct world_m *p);

/* The list that the running thread uses. Of the main program: the first. */
int world_mine(void);

/* How many lists there are. */
int world_lists(void);

void world_admit_nth(int i);

/* The running thread enters an operation. */
struct history_op *world_call(enum history_kind kind, int m);

/* A get returns p. Fails if that cannot be. */
void world_took(struct history_op *op, const struct world_m *p);

#endif
