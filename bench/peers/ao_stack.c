/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libatomic_ops' stack.
 *
 * Source: atomic_ops_stack.h, AO_stack_push and AO_stack_pop. The library's build decides whether
 * it swaps 128 bits or keeps a list of links that are being popped.
 *
 *   first word of an m   link to the m below, perhaps with low bits of the library's. A popped m
 *                        keeps it; no link means that the pop left the list empty
 */
#include <atomic_ops_stack.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) AO_stack_t stack;
};
_Static_assert(offsetof(struct m, depth) >= sizeof(AO_t), "the link lies in schedlink");

static inline struct m *pop(struct list *l, bool *last)
{
	AO_t *link = AO_stack_pop(&l->stack);
	*last = link == NULL || AO_REAL_NEXT_PTR(*link) == NULL;
	return (struct m *)(void *)link;
}

static inline void push(struct list *l, struct m *mp)
{
	AO_stack_push(&l->stack, (AO_t *)(void *)mp);
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	(void)why;
	extram_init(list);
	AO_stack_init(&((struct list *)list)->stack);
	return true;
}

static uint32_t length(struct extram_list *list)
{
	return AO_REAL_HEAD_PTR(((struct list *)list)->stack) != NULL;
}

const struct extram_strategy extram_ao_stack = {
    .name = "ao_stack",
    .summary = "libatomic_ops' stack",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_NO_LENGTH,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
