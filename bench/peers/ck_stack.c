/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Concurrency Kit's stack for many producers and consumers: a Treiber stack with the head and a
 * generation in one 128-bit word.
 *
 * Source: ck_stack.h, ck_stack_push_mpmc and ck_stack_pop_mpmc. Its upmc functions have no
 * generation. They corrupt the list if an m is reused at once, as here.
 *
 *   head.generation   pops so far; a pop fails if another one intervened
 *   entry.next        the m below. A popped m keeps it; NULL means that the pop left the list empty
 */
/* Under a checker the header hides 128-bit words, and so the mpmc stack. */
#undef __clang_analyzer__
#include <ck_stack.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) ck_stack_t stack;
};
_Static_assert(offsetof(struct m, depth) >= sizeof(ck_stack_entry_t), "the entry lies in schedlink");

static inline struct m *pop(struct list *l, bool *last)
{
	ck_stack_entry_t *entry = ck_stack_pop_mpmc(&l->stack);
	*last = entry == NULL || entry->next == NULL;
	return (struct m *)(void *)entry;
}

static inline void push(struct list *l, struct m *mp)
{
	ck_stack_push_mpmc(&l->stack, (ck_stack_entry_t *)(void *)mp);
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	(void)why;
	extram_init(list);
	ck_stack_init(&((struct list *)list)->stack);
	return true;
}

static uint32_t length(struct extram_list *list)
{
	return ck_pr_load_ptr(&((struct list *)list)->stack.head) != NULL;
}

const struct extram_strategy extram_ck_stack = {
    .name = "ck_stack",
    .summary = "Concurrency Kit's stack, mpmc: 128-bit compare and swap",
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
