/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list as it was before commit 77b1f23a: the count is a plain variable inside the
 * lock.
 *
 * Family: Go's lists.
 * Copy with: extram.h wait.h
 * Source: lockextra, unlockextra, needm and dropm in Go's src/runtime/proc.go at the parent of
 * commit 77b1f23a. A get+put pair takes four locked instructions on x86-64; sentinel.c takes six.
 * The parent's dropm also cleared g inside the lock. That costs one plain store, which is left to
 * dropm here too.
 *
 *   extram   meaning
 *   0        empty, unlocked
 *   1        locked; only the lock holder knows the head
 *   else     address of the top m; the list follows schedlink
 *
 * Sequentially consistent where Go's code is, except for waiters: see sentinel.c.
 */
#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)

struct list {
	struct extram_list base;
	_Atomic uintptr_t extram;
	_Atomic uint32_t extraMCount; /* a plain variable in Go: loaded and stored, never added to atomically */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->extram, 0);
	atomic_init(&l->extraMCount, 0);
	return true;
}

static struct m *lockextra(struct list *l, bool nilokay)
{
	struct extram_waiter waiter = {0};
	for (;;) {
		/* seq_cst: Go's Load. */
		uintptr_t old = atomic_load_explicit(&l->extram, memory_order_seq_cst);
		if (old == LOCKED) {
			EXTRAM_YIELD();
			continue;
		}
		if (old == 0 && !nilokay) {
			extram_wait(&l->base, &waiter); /* Go: counts itself once a call, then usleep(1) */
			continue;
		}
		/* seq_cst: Go's CompareAndSwap. Acquires from the store in unlockextra. */
		if (atomic_compare_exchange_strong_explicit(&l->extram, &old, LOCKED, memory_order_seq_cst, memory_order_seq_cst)) {
			extram_waited(&l->base, &waiter);
			return (struct m *)old;
		}
		EXTRAM_YIELD();
	}
}

static void unlockextra(struct list *l, struct m *mp)
{
	/* seq_cst: Go's Store. Releases to the exchange in lockextra. */
	atomic_store_explicit(&l->extram, (uintptr_t)mp, memory_order_seq_cst);
}

/* Caller holds the lock. */
static void count(struct list *l, int32_t delta)
{
	/* relaxed, both: written only under the lock. The crash handler reads it at any time and
	 * takes what it gets. */
	uint32_t n = atomic_load_explicit(&l->extraMCount, memory_order_relaxed);
	atomic_store_explicit(&l->extraMCount, n + (uint32_t)delta, memory_order_relaxed);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct m *mp = lockextra(l, nilokay);
	if (mp == NULL) {
		unlockextra(l, NULL);
		*last = true;
		return NULL;
	}
	/* relaxed: schedlink is a plain word in Go, and the lock orders it. */
	struct m *next = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
	*last = next == NULL;
	count(l, -1);
	unlockextra(l, next);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct m *mnext = lockextra(l, true);
	count(l, 1);
	/* relaxed: unlockextra's store publishes it. */
	atomic_store_explicit(&mp->schedlink, mnext, memory_order_relaxed);
	unlockextra(l, mp);
	extram_wake(&l->base);
}

/* Read as in the parent's crash handler. The parent's checkdead and newextram took the lock only to
 * look; a reader here never waits. */
static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&l->extraMCount, memory_order_relaxed);
}

const struct extram_strategy extram_sentinel_parent = {
    .name = "sentinel_parent",
    .summary = "Go's list before 77b1f23a: the count is a plain variable inside the lock",
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
