/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a mutex of one word. A thread that finds it locked sleeps in the kernel at
 * once.
 *
 * Family: locks.
 * Copy with: extram.h locked.h locked_list.h wait.h
 * Source: U. Drepper, Futexes Are Tricky, 2011, the third mutex. Go's runtime/lock_futex.go has the
 * same states, but spins before it sleeps.
 *
 *   lock     meaning
 *   FREE     not locked
 *   LOCKED   locked, and no thread sleeps
 *   SLEPT    locked, and a thread may sleep: unlock must wake one
 */
#include "locked.h"

enum { FREE, LOCKED, SLEPT };

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) _Atomic uint32_t lock;
	struct locked stack; /* beside the lock, because a thread that waits for the lock does not read it */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->lock, FREE);
	locked_init(&l->stack);
	return true;
}

static void lock(struct list *l)
{
	uint32_t was = FREE;
	/* acquire: pairs with the release in unlock. relaxed on failure: the value is thrown
	 * away. */
	if (extram_likely(atomic_compare_exchange_strong_explicit(&l->lock, &was, LOCKED, memory_order_acquire, memory_order_relaxed)))
		return;
	/* A thread that slept cannot know whether others still sleep, so it takes the lock as
	 * SLEPT. acquire: as above. */
	while (atomic_exchange_explicit(&l->lock, SLEPT, memory_order_acquire) != FREE)
		EXTRAM_FUTEX_WAIT(&l->lock, SLEPT);
}

static void unlock(struct list *l)
{
	/* release: pairs with the acquires in lock. */
	if (extram_unlikely(atomic_exchange_explicit(&l->lock, FREE, memory_order_release) == SLEPT))
		EXTRAM_FUTEX_WAKE(&l->lock, 1);
}

#include "locked_list.h"

const struct extram_strategy extram_futex = {
    .name = "futex",
    .summary = "a three-state futex mutex around a linked stack",
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
