/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Concurrency Kit's fetch-and-store spin lock with exponential backoff, around a linked stack.
 *
 * Source: ck_spinlock.h, ck_spinlock_fas_lock_eb. It never yields the CPU and is not fair.
 */
#include <ck_spinlock.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) ck_spinlock_fas_t lock;
	struct m *head;
	_Atomic uint32_t length; /* written only under the lock */
};

/* Caller holds the lock. */
static inline void set_head(struct list *l, struct m *mp, uint32_t delta)
{
	l->head = mp;
	/* relaxed, both: only the lock holder writes it; for other readers it is a hint. */
	uint32_t n = atomic_load_explicit(&l->length, memory_order_relaxed);
	atomic_store_explicit(&l->length, n + delta, memory_order_relaxed);
}

static inline struct m *pop(struct list *l, bool *last)
{
	ck_spinlock_fas_lock_eb(&l->lock);
	struct m *mp = l->head;
	if (mp != NULL)
		/* relaxed: the lock orders it. */
		set_head(l, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), (uint32_t)-1);
	*last = l->head == NULL;
	ck_spinlock_fas_unlock(&l->lock);
	return mp;
}

static inline void push(struct list *l, struct m *mp)
{
	ck_spinlock_fas_lock_eb(&l->lock);
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&mp->schedlink, l->head, memory_order_relaxed);
	set_head(l, mp, 1);
	ck_spinlock_fas_unlock(&l->lock);
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	ck_spinlock_fas_init(&l->lock);
	l->head = NULL;
	atomic_init(&l->length, 0);
	return true;
}

static uint32_t length(struct extram_list *list)
{
	/*
	 * relaxed: a hint while the list is in use. When no thread uses it, the caller's
	 * synchronization orders it.
	 */
	return atomic_load_explicit(&((struct list *)list)->length, memory_order_relaxed);
}

const struct extram_strategy extram_ck_fas = {
    .name = "ck_fas",
    .summary = "Concurrency Kit's fetch-and-store lock with backoff around a linked stack",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT,
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
