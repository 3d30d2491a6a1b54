/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns another project's container into a strategy. An adapter defines its list, pop and push,
 * then includes this.
 *
 * The properties list what the container does not guarantee. No peer sets EXTRAM_LOCK_FREE, since
 * this project does not test peers for it.
 */
#ifndef PEER_H
#define PEER_H

#include "lacks.h"
#include "wait.h"

/* Takes an m. NULL: empty. *last is as for get. */
static inline struct m *pop(struct list *l, bool *last);
/* Puts an m. It can be taken when this returns. */
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
