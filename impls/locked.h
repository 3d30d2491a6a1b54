/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a lock. A strategy that includes this adds the lock; locked_list.h has get,
 * put and length.
 *
 *   head     NULL: empty; else the top m. The list follows schedlink
 *   length   ms on the stack; written only by the lock holder
 *
 * Nothing here orders anything: the lock's release and acquire publish one holder's writes to the
 * next holder.
 */
#ifndef EXTRAM_LOCKED_H
#define EXTRAM_LOCKED_H

#include "wait.h"

struct locked {
	struct m *head;
	_Atomic uint32_t length;
};

/* Runs alone, like extram.h's init. */
static inline void locked_init(struct locked *s)
{
	s->head = NULL;
	atomic_init(&s->length, 0);
}

/* Any thread may call it; never blocks. Exact for the lock holder, otherwise a hint. */
static inline uint32_t locked_length(struct locked *s)
{
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&s->length, memory_order_relaxed);
}

/* Caller holds the lock. */
static inline void locked_set(struct locked *s, struct m *head, int32_t delta)
{
	s->head = head;
	/* relaxed: only the lock holder writes it; others take a hint. */
	atomic_store_explicit(&s->length, locked_length(s) + (uint32_t)delta, memory_order_relaxed);
}

/* Caller holds the lock. */
static inline void locked_push(struct locked *s, struct m *mp)
{
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&mp->schedlink, s->head, memory_order_relaxed);
	locked_set(s, mp, 1);
}

/* Caller holds the lock. NULL: the stack was empty. *last: the stack is empty afterwards. */
static inline struct m *locked_pop(struct locked *s, bool *last)
{
	struct m *mp = s->head;
	if (extram_likely(mp != NULL))
		/* relaxed: the lock orders it. */
		locked_set(s, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = s->head == NULL;
	return mp;
}

/* Waits until there may be an m, for a get that found none. Caller does not hold the lock. Waiting
 * threads read the length only, so that they leave the lock to the threads that put. */
static inline void locked_wait(struct extram_list *list, struct locked *s, struct extram_waiter *w)
{
	while (locked_length(s) == 0)
		extram_wait(list, w);
}

#endif
