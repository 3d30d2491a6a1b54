/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list: a linked stack whose head word is also its lock.
 *
 * Family: Go's lists.
 * Copy with: extram.h wait.h
 * Source: lockextra, unlockextra, getExtraM and putExtraM in Go's src/runtime/proc.go at commit
 * 77b1f23a ("runtime: clean up extra M API"). No release has this form: Go 1.21 added the counter
 * of sentinel_in_use.c.
 *
 *   extraM   meaning
 *   0        empty, unlocked
 *   1        locked; only the lock holder knows the head
 *   else     address of the top m; the list follows schedlink
 *
 * Every access to extraM and extraMLength is sequentially consistent, because Go's atomics are
 * (go.dev/ref/mem). This file measures Go's list, not a better one. (schedlink is plain in Go;
 * waiters is atomic in Go and belongs to extram.h here.) Nothing in the algorithm needs that order:
 * sentinel_relaxed.c states the weaker order that is enough at each site.
 */
#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)

struct list {
	struct extram_list base; /* waiters is in the same line, as Go's three variables are */
	_Atomic uintptr_t extraM;
	_Atomic uint32_t extraMLength; /* written only under the lock */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->extraM, 0);
	atomic_init(&l->extraMLength, 0);
	return true;
}

/* Go's lockextra: returns the head, and holds the lock until unlockextra. */
static struct m *lockextra(struct list *l, bool nilokay)
{
	struct extram_waiter waiter = {0};
	for (;;) {
		/* seq_cst: Go's Load. */
		uintptr_t old = atomic_load_explicit(&l->extraM, memory_order_seq_cst);
		if (old == LOCKED) {
			EXTRAM_YIELD();
			continue;
		}
		if (old == 0 && !nilokay) {
			extram_wait(&l->base, &waiter); /* Go: counts itself once a call, then usleep(1) */
			continue;
		}
		/* seq_cst: Go's CompareAndSwap. Acquires from the store in unlockextra. */
		if (atomic_compare_exchange_strong_explicit(&l->extraM, &old, LOCKED, memory_order_seq_cst, memory_order_seq_cst)) {
			extram_waited(&l->base, &waiter);
			return (struct m *)old;
		}
		EXTRAM_YIELD();
	}
}

static void unlockextra(struct list *l, struct m *mp, int32_t delta)
{
	/* seq_cst: Go's Add. */
	atomic_fetch_add_explicit(&l->extraMLength, (uint32_t)delta, memory_order_seq_cst);
	/* seq_cst: Go's Store. Releases to the exchange in lockextra. */
	atomic_store_explicit(&l->extraM, (uintptr_t)mp, memory_order_seq_cst);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct m *mp = lockextra(l, nilokay);
	if (mp == NULL) {
		unlockextra(l, NULL, 0);
		*last = true;
		return NULL;
	}
	/* relaxed: schedlink is a plain word in Go. The lock orders the first read. At the second
	 * read the m is ours. */
	unlockextra(l, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = atomic_load_explicit(&mp->schedlink, memory_order_relaxed) == NULL;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct m *mnext = lockextra(l, true);
	/* relaxed: unlockextra's store publishes it. */
	atomic_store_explicit(&mp->schedlink, mnext, memory_order_relaxed);
	unlockextra(l, mp, 1);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* seq_cst: Go's Load, in checkdead, newextram and sighandler. */
	return atomic_load_explicit(&l->extraMLength, memory_order_seq_cst);
}

const struct extram_strategy extram_sentinel = {
    .name = "sentinel",
    .summary = "Go's list: the head word is the lock; seq_cst, sched_yield, 1 us sleep",
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
