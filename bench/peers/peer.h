/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What makes a strategy of somebody else's container: an adapter defines its list, pop and push, then includes this.
 *
 * Properties say what the container cannot promise. EXTRAM_LOCK_FREE is left out throughout: here it is tested for none of them.
 */
#ifndef PEER_H
#define PEER_H

#include "extram.h"

/* Takes an m, or NULL; *last as get's. */
static inline struct m *pop(struct list *l, bool *last);
/* The m can be got when this returns. */
static inline void push(struct list *l, struct m *mp);

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct extram_waiter waiter = {0};
	struct m *mp;
	while (extram_unlikely((mp = pop((struct list *)list, last)) == NULL) && !nilokay)
		extram_wait(list, &waiter);
	extram_waited(list, &waiter);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	push((struct list *)list, mp);
	extram_wake(list);
}

#endif
