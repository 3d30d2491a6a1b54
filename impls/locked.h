/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack for whoever holds a lock: the strategy that includes this is no more than its lock.
 *
 *   head     NULL: empty; else the top m, and the list follows schedlink
 *   length   ms on the stack; written only while locked
 *
 * Nothing here orders anything: what one locker wrote, the lock's release and acquire bring to the next one.
 */
#ifndef EXTRAM_LOCKED_H
#define EXTRAM_LOCKED_H

#include "extram.h"

struct locked {
	struct m *head;
	_Atomic uint32_t length;
};

/* Alone, as extram.h's init. */
static inline void locked_init(struct locked *s)
{
	s->head = NULL;
	atomic_init(&s->length, 0);
}

/* Any thread, never blocks. Exact while locked, else a hint. */
static inline uint32_t locked_length(struct locked *s)
{
	/* relaxed: a hint while the list is in use; at rest whatever brought the list to rest orders it. */
	return atomic_load_explicit(&s->length, memory_order_relaxed);
}

/* To be called while locked. */
static inline void locked_set(struct locked *s, struct m *head, int32_t delta)
{
	s->head = head;
	/* relaxed: only the locker writes it; other readers take a hint. */
	atomic_store_explicit(&s->length, locked_length(s) + (uint32_t)delta, memory_order_relaxed);
}

/* To be called while locked. */
static inline void locked_push(struct locked *s, struct m *mp)
{
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&mp->schedlink, s->head, memory_order_relaxed);
	locked_set(s, mp, 1);
}

/* To be called while locked. NULL: empty. *last: it is empty now. */
static inline struct m *locked_pop(struct locked *s, bool *last)
{
	struct m *mp = s->head;
	if (extram_likely(mp != NULL))
		/* relaxed: the lock orders it. */
		locked_set(s, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = s->head == NULL;
	return mp;
}

/*
 * To be called while not locked, by a get that found no m: waits until there may be one. It looks at the length alone, so that those who
 * wait leave the lock to those who put.
 */
static inline void locked_wait(struct extram_list *list, struct locked *s, struct extram_waiter *w)
{
	while (locked_length(s) == 0)
		extram_wait(list, w);
}

#endif
