/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list with the weakest sufficient memory orders: one locked instruction to lock, a
 * release store to unlock.
 *
 * Family: Go's lists.
 * Copy with: extram.h wait.h
 * Source: sentinel.c, which is Go's code. The differences: the exchange that locks is an acquire,
 * the store that unlocks is a release, and the length is loaded and stored inside the lock, not
 * added to atomically.
 *
 *   extraM   meaning
 *   0        empty, unlocked
 *   1        locked; only the lock holder knows the head
 *   else     address of the top m; the list follows schedlink
 */
#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)

struct list {
	struct extram_list base;
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

static struct m *lockextra(struct list *l, bool nilokay)
{
	struct extram_waiter waiter = {0};
	for (;;) {
		/* relaxed: a guess; the exchange checks it. */
		uintptr_t old = atomic_load_explicit(&l->extraM, memory_order_relaxed);
		if (old == LOCKED) {
			EXTRAM_YIELD();
			continue;
		}
		if (old == 0 && !nilokay) {
			extram_wait(&l->base, &waiter);
			continue;
		}
		/* acquire: pairs with the release in unlockextra: of a put for the m's contents, of
		 * a get for the chain of lock holders. relaxed on failure: the value is thrown
		 * away. */
		if (atomic_compare_exchange_strong_explicit(&l->extraM, &old, LOCKED, memory_order_acquire, memory_order_relaxed)) {
			extram_waited(&l->base, &waiter);
			return (struct m *)old;
		}
		EXTRAM_YIELD();
	}
}

static void unlockextra(struct list *l, struct m *mp, int32_t delta)
{
	/* relaxed, both: only the lock holder writes it; others take a hint. */
	uint32_t n = atomic_load_explicit(&l->extraMLength, memory_order_relaxed);
	atomic_store_explicit(&l->extraMLength, n + (uint32_t)delta, memory_order_relaxed);
	/* release: pairs with the acquire in lockextra. get needs it too: the next lock holder must
	 * see what earlier puts wrote to the ms below, and a relaxed store by this thread would end
	 * their release sequence. */
	atomic_store_explicit(&l->extraM, (uintptr_t)mp, memory_order_release);
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
	/* relaxed: only the lock holder or the m's owner reads and writes it. */
	struct m *next = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
	unlockextra(l, next, -1);
	*last = next == NULL;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct m *mnext = lockextra(l, true);
	/* relaxed: unlockextra's release publishes it. */
	atomic_store_explicit(&mp->schedlink, mnext, memory_order_relaxed);
	unlockextra(l, mp, 1);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&l->extraMLength, memory_order_relaxed);
}

const struct extram_strategy extram_sentinel_relaxed = {
    .name = "sentinel_relaxed",
    .summary = "Go's list with acquire and release instead of seq_cst, and a plain-store length",
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
