/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a run: is each list's history right, and does the list hold what it should?
 *
 * Is there an order of the operations, each at one instant between its call and its return, in
 * which a list with the strategy's promises would have answered like this? After Wing and Gong
 * (1993), with Lowe's memoisation of the states that led nowhere.
 *
 * The list of the specification
 *   get          EXTRAM_LIFO: the m that was put last; else any m that is parked. NULL only if none
 *                is, and then last. A get of the bound m that says NULL may have held its m for
 *                as long as it took (struct extram_bound): then NULL, too.
 *   last         EXTRAM_LAST_EXACT: true if and only if the list is empty now. Else it may be true
 *                with ms left; and it may be false on an empty list only if another put, called
 *                before the get returned, is still to take effect.
 *   length       the number parked, if every other operation comes before or after it; else
 *                anything.
 *   EXTRAM_KEEPS put may also keep the m for this thread, where only its own gets find it, with any
 *                last; thread_exit parks it.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "world.h"

struct judged {
	const struct extram_strategy *strategy;
	const struct client *client;
	struct extram_list *list;
	int number; /* of the list */
	/* Of all lists: the ms, the stamps that they should have, and whether they should be
	 * parked. */
	const struct world_m *ms;
	const uint64_t *stamps;
	bool *parked;
	uint32_t waits, taken; /* gets that had to wait; waiters taken over */
};

/* No thread is inside an operation. Fails, or empties the list. */
void judge_list(const struct judged *j);

/* Forgets what it knows of good histories: for another strategy or client. */
void judge_reset(void);

#endif
