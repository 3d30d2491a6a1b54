/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * get, put and length of a list that is a stack of locked.h under a spinning or sleeping lock.
 * Include this where these are defined:
 *
 *   struct list                      with the members base and stack
 *   lock(struct list *)              acquires what the last unlock released
 *   unlock(struct list *)
 *
 * Text, not functions that take a lock: a compiler then inlines each lock as if it stood here.
 */
#ifndef EXTRAM_LOCKED_LIST_H
#define EXTRAM_LOCKED_LIST_H

#include "locked.h"

static struct m *pop(struct list *l, bool *last)
{
	lock(l);
	struct m *mp = locked_pop(&l->stack, last);
	unlock(l);
	return mp;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	struct m *mp;
	while (extram_unlikely((mp = pop(l, last)) == NULL) && !nilokay)
		locked_wait(&l->base, &l->stack, &waiter);
	extram_waited(&l->base, &waiter);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	lock(l);
	locked_push(&l->stack, mp);
	unlock(l);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	return locked_length(&((struct list *)list)->stack);
}

#endif
