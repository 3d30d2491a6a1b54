/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * liburcu's stack: a push is one compare and swap; a pop is another one, under a mutex.
 *
 * Source: urcu/lfstack.h, cds_lfs_push and cds_lfs_pop_blocking. The mutex makes it safe to reuse
 * an m at once. Without it, __cds_lfs_pop would need an RCU read-side section, and ms could be put
 * back only after a grace period.
 *
 *   head        address of the top; its node is at the start of the m
 *   node.next   the m below. A popped m keeps it; NULL means that the pop left the list empty
 */
#include <urcu/lfstack.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) struct cds_lfs_stack stack;
};
_Static_assert(offsetof(struct m, depth) >= sizeof(struct cds_lfs_node), "the node lies in schedlink");

static inline struct m *pop(struct list *l, bool *last)
{
	struct cds_lfs_node *node = cds_lfs_pop_blocking(&l->stack);
	*last = node == NULL || node->next == NULL;
	return (struct m *)(void *)node;
}

static inline void push(struct list *l, struct m *mp)
{
	cds_lfs_push(&l->stack, (struct cds_lfs_node *)(void *)mp);
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	(void)why;
	extram_init(list);
	cds_lfs_init(&((struct list *)list)->stack);
	return true;
}

static void fini(struct extram_list *list)
{
	cds_lfs_destroy(&((struct list *)list)->stack);
}

static uint32_t length(struct extram_list *list)
{
	return !cds_lfs_empty(&((struct list *)list)->stack);
}

const struct extram_strategy extram_urcu_lfstack = {
    .name = "urcu_lfstack",
    .summary = "liburcu's lock-free stack, popped under its mutex",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_NO_LENGTH,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
