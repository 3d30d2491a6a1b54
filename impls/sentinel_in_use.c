/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list since Go 1.21: a linked stack whose head word is also its lock, and a counter
 * of the ms in use.
 *
 * Family: Go's lists.
 * Copy with: extram.h wait.h
 * Source: lockextra, unlockextra, getExtraM, putExtraM and addExtraM in Go's src/runtime/proc.go,
 * Go 1.21 to 1.26. It is sentinel.c with extraMInUse (golang/go issues 60004 and 60540): a pair
 * makes eight atomic read-modify-writes; that of sentinel.c makes six.
 *
 *   extraM   meaning
 *   0        empty, unlocked
 *   1        locked; only the lock holder knows the head
 *   else     address of the top m; the list follows schedlink
 *
 * extraMInUse counts the ms that are admitted and not on the list. Go's addExtraM puts a new m
 * without counting. Here a put cannot tell a new m from a used one, so admit counts the new m in,
 * and its first put counts it out. Go's checkmcount reads the counter. Nothing here reads it.
 *
 * Every access to extraM, extraMLength and extraMInUse is sequentially consistent, because Go's
 * atomics are (go.dev/ref/mem). This file measures Go's list, not a better one. (schedlink is plain
 * in Go; waiters is atomic in Go and belongs to extram.h here.) Nothing in the algorithm needs that
 * order: sentinel_relaxed.c states the weaker order that is enough at each site.
 */
#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)

struct list {
	struct extram_list base; /* waiters is in the same line, as Go's four variables are */
	_Atomic uintptr_t extraM;
	_Atomic uint32_t extraMLength; /* written only under the lock */
	_Atomic uint32_t extraMInUse;
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->extraM, 0);
	atomic_init(&l->extraMLength, 0);
	atomic_init(&l->extraMInUse, 0);
	return true;
}

static bool admit(struct extram_list *list, struct m *mp, const char **why)
{
	struct list *l = (struct list *)list;
	/* relaxed: the counter orders nothing, and this is not an access of Go's. */
	atomic_fetch_add_explicit(&l->extraMInUse, 1, memory_order_relaxed);
	return extram_admit_any(list, mp, why);
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
	/* seq_cst: Go's Add. */
	atomic_fetch_add_explicit(&l->extraMInUse, 1, memory_order_seq_cst);
	/* relaxed: schedlink is a plain word in Go. The lock orders the first read. At the second
	 * read the m is ours. */
	unlockextra(l, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = atomic_load_explicit(&mp->schedlink, memory_order_relaxed) == NULL;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	/* seq_cst: Go's Add. */
	atomic_fetch_sub_explicit(&l->extraMInUse, 1, memory_order_seq_cst);
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

const struct extram_strategy extram_sentinel_in_use = {
    .name = "sentinel_in_use",
    .summary = "Go's list since Go 1.21: sentinel with a counter of the ms in use",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = admit,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
