/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C side of a C++ container. The adapter defines CONTAINER(verb), the names of NAME.cc's
 * functions, and includes this. A pair costs two direct calls more than an inlined container.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "extram.h"

struct list {
	struct extram_list base;
	void *container;
};

/* Makes the container. NULL: no memory. */
void *CONTAINER(new)(void);
void CONTAINER(delete)(void *container);
/* Takes an m. NULL: empty. *last is as for get. */
void *CONTAINER(pop)(void *container, bool *last);
void CONTAINER(push)(void *container, void *mp);
uint32_t CONTAINER(length)(void *container);

static inline struct m *pop(struct list *l, bool *last)
{
	return CONTAINER(pop)(l->container, last);
}

static inline void push(struct list *l, struct m *mp)
{
	CONTAINER(push)(l->container, mp);
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	l->container = CONTAINER(new)();
	if (l->container == NULL)
		*why = "no memory for the container";
	return l->container != NULL;
}

static void fini(struct extram_list *list)
{
	CONTAINER(delete)(((struct list *)list)->container);
}

static uint32_t length(struct extram_list *list)
{
	return CONTAINER(length)(((struct list *)list)->container);
}

#endif
