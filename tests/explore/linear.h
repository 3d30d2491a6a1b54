/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is there an order of the operations, each at one instant between its call and its return, in which a list with the strategy's
 * promises would have answered like this? After Wing and Gong (1993), with Lowe's memoisation of the states that led nowhere.
 *
 * The list of the specification
 *   get          EXTRAM_LIFO: the m that was put last; else any m that is parked. NULL only if none is, and then last.
 *   last         EXTRAM_LAST_EXACT: true if and only if the list is empty now. Else it may be true with ms left; and it may be false on
 *                an empty list only if another thread's put, called before the get returned, is still to take effect.
 *   length       the number parked, if every other operation comes before or after it; else anything.
 *   EXTRAM_KEEPS put may also keep the m for this thread, where only its own gets find it, with any last; thread_exit parks it.
 */
#ifndef LINEAR_H
#define LINEAR_H

#include <stdbool.h>

/* The history, on a list with these properties that starts with m0 .. m(parked - 1), put in this order. */
bool linear_check(unsigned properties, int parked);

/* Forgets what it knows of good histories: for another strategy or client. */
void linear_reset(void);

#endif
