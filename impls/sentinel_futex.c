/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list without polling. A thread that finds it locked spins briefly, then sleeps. A
 * get that finds it empty sleeps at once.
 *
 * Family: Go's lists.
 * Copy with: extram.h wait.h
 * Source: sentinel.c, which is Go's src/runtime/proc.go at commit 77b1f23a, changed as a patch to
 * Go would change it: the same words and functions, with futexsleep and futexwakeup of Go's
 * runtime, which need neither a g nor an m. Threads that want the lock sleep as in U. Drepper,
 * Futexes Are Tricky, 2011, and in Go's runtime/lock_futex.go.
 *
 *   extraM           meaning
 *   0                empty, unlocked
 *   LOCKED           locked; only the lock holder knows the head
 *   SLEPT            locked, and a thread may sleep on extraMUnlocks: unlock must wake one
 *   else             address of the top m; the list follows schedlink
 *
 *   extraMUnlocks    unlocks that found SLEPT; the futex of threads that want the lock
 *   extraMPuts       puts that found a sleeper; the futex of gets that want an m
 *   extraMSleepers   gets that found no m and sleep, or are about to. Not extraMWaiters: newextram
 *                    sets that to zero while gets still sleep
 *
 * There are two futexes because a get that wants an m has no use for an unlock. On a single futex
 * it could be woken in place of a thread that wants the lock. A thread that slept for the lock
 * cannot know whether others still sleep, so it takes the lock as SLEPT. If it goes to sleep for an
 * m instead, it wakes the next one.
 *
 * Every access to these words is sequentially consistent, as in Go. On amd64 the exchange in
 * unlockextra is the same instruction as Go's Store. One pair of sites needs that order: see
 * sleep_until_put.
 */
#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)
#define SLEPT ((uintptr_t)2)

struct list {
	struct extram_list base; /* waiters is in the same line, as Go's three variables are */
	_Atomic uintptr_t extraM;
	_Atomic uint32_t extraMLength; /* written only under the lock */
	_Atomic uint32_t extraMUnlocks, extraMPuts, extraMSleepers;
};

/* One call of lockextra. */
struct locker {
	uintptr_t as;    /* the value that locks: LOCKED or SLEPT */
	uint32_t rounds; /* of spinning */
	uint32_t puts;   /* the value of extraMPuts before the last look at the list */
	bool counted;    /* it is counted as a waiter and a sleeper */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->extraM, 0);
	atomic_init(&l->extraMLength, 0);
	atomic_init(&l->extraMUnlocks, EXTRAM_COUNT_FROM);
	atomic_init(&l->extraMPuts, EXTRAM_COUNT_FROM);
	atomic_init(&l->extraMSleepers, 0);
	return true;
}

static void wake_one(_Atomic uint32_t *word)
{
	/* seq_cst: Go's Add. It comes after the unlock or put that the sleeper waits for. A thread
	 * that reads the new number and then looks finds that unlock or put. */
	atomic_fetch_add_explicit(word, 1, memory_order_seq_cst);
	EXTRAM_FUTEX_WAKE(word, 1);
}

/* Returns when the lock may be free. */
static void sleep_until_unlock(struct list *l, struct locker *k)
{
	if (k->rounds != EXTRAM_SPINS) {
		extram_spin(&k->rounds);
		return;
	}
	/* seq_cst: Go's Load. It comes before the mark, so the unlock that finds the mark changes
	 * the word afterwards. */
	uint32_t unlocks = atomic_load_explicit(&l->extraMUnlocks, memory_order_seq_cst);
	uintptr_t old = LOCKED;
	/* seq_cst: Go's CompareAndSwap. */
	if (!atomic_compare_exchange_strong_explicit(&l->extraM, &old, SLEPT, memory_order_seq_cst, memory_order_seq_cst) && old != SLEPT)
		return;
	EXTRAM_FUTEX_WAIT(&l->extraMUnlocks, unlocks);
	k->as = SLEPT;
}

/* Returns when there may be an m. The first call returns at once, for a second look. */
static void sleep_until_put(struct list *l, struct locker *k)
{
	if (k->as == SLEPT) {
		k->as = LOCKED;
		wake_one(&l->extraMUnlocks); /* the next thread that sleeps for the lock */
	}
	if (k->counted) {
		EXTRAM_FUTEX_WAIT(&l->extraMPuts, k->puts);
	} else {
		k->counted = true;
		extram_count(&l->base); /* Go: once a call */
		/* seq_cst: Dekker's pattern with put. Here: announce, look at extraM. There: store
		 * extraM, look for sleepers. All four are in one order. Either the announcement
		 * comes before put's look, and put wakes us; or put's store comes before our look,
		 * and we find the m. */
		atomic_fetch_add_explicit(&l->extraMSleepers, 1, memory_order_seq_cst);
	}
	/* seq_cst: Go's Load. It comes before the look, so a put that the look missed changes the
	 * word afterwards. */
	k->puts = atomic_load_explicit(&l->extraMPuts, memory_order_seq_cst);
}

/* Go's lockextra: returns the head, and holds the lock until unlockextra. */
static struct m *lockextra(struct list *l, bool nilokay)
{
	struct locker k = {.as = LOCKED};
	for (;;) {
		/* seq_cst: Go's Load. It is the look that sleep_until_put refers to. */
		uintptr_t old = atomic_load_explicit(&l->extraM, memory_order_seq_cst);
		if (old == LOCKED || old == SLEPT) {
			sleep_until_unlock(l, &k);
			continue;
		}
		if (old == 0 && !nilokay) {
			sleep_until_put(l, &k);
			continue;
		}
		/* seq_cst: Go's CompareAndSwap. Acquires from the exchange in unlockextra. A thread
		 * that loses looks again at once, because another one won. */
		if (!atomic_compare_exchange_strong_explicit(&l->extraM, &old, k.as, memory_order_seq_cst, memory_order_seq_cst))
			continue;
		if (extram_unlikely(k.counted))
			/* seq_cst: Go's Add. */
			atomic_fetch_sub_explicit(&l->extraMSleepers, 1, memory_order_seq_cst);
		return (struct m *)old;
	}
}

static void unlockextra(struct list *l, struct m *mp, int32_t delta)
{
	/* seq_cst: Go's Add. */
	atomic_fetch_add_explicit(&l->extraMLength, (uint32_t)delta, memory_order_seq_cst);
	/* seq_cst: Go's Swap, in place of its Store. It is put's half of the argument in
	 * sleep_until_put. Releases to the exchange in lockextra. */
	if (extram_unlikely(atomic_exchange_explicit(&l->extraM, (uintptr_t)mp, memory_order_seq_cst) == SLEPT))
		wake_one(&l->extraMUnlocks);
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
	/* relaxed: unlockextra's exchange publishes it. */
	atomic_store_explicit(&mp->schedlink, mnext, memory_order_relaxed);
	unlockextra(l, mp, 1);
	/* seq_cst: Go's Load; see sleep_until_put. */
	if (extram_unlikely(atomic_load_explicit(&l->extraMSleepers, memory_order_seq_cst) > 0))
		wake_one(&l->extraMPuts);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* seq_cst: Go's Load, in checkdead, newextram and sighandler. */
	return atomic_load_explicit(&l->extraMLength, memory_order_seq_cst);
}

const struct extram_strategy extram_sentinel_futex = {
    .name = "sentinel_futex",
    .summary = "Go's list, sleeping on futexes where Go yields and sleeps 1 us",
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
    .waiting = "futex",
};
