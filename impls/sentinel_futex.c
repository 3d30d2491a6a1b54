/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's extra-M list, in which nobody polls: who finds it locked spins for a moment and then sleeps, who finds it empty sleeps at once.
 *
 * Family: Go's lists.
 * Source: sentinel.c, which is Go's src/runtime/proc.go at commit 77b1f23a, in the form of a patch: the same words and functions, and
 * futexsleep and futexwakeup of Go's runtime, which need neither a g nor an m. How lockers sleep is U. Drepper, Futexes Are Tricky, 2011,
 * as in Go's runtime/lock_futex.go.
 *
 *   extraM           meaning
 *   0                empty, unlocked
 *   LOCKED           locked; the locker alone knows the head
 *   SLEPT            the same, and somebody may sleep on extraMUnlocks: who unlocks must wake one
 *   else             address of the top m; the list follows schedlink
 *
 *   extraMUnlocks    unlocks that found SLEPT; the futex of those who want the lock
 *   extraMPuts       puts that found a sleeper; the futex of those who want an m
 *   extraMSleepers   gets that found no m and sleep, or will. Not extraMWaiters, which newextram sets to zero while they still sleep
 *
 * Two futexes, because one who wants an m has no use for an unlock, and would have been woken in place of one who has. Whoever has slept
 * for the lock cannot know whether others still do, and so takes it as SLEPT. If it goes to sleep for an m instead, it wakes the next one.
 *
 * Every access to these words is sequentially consistent, as Go's are; on amd64 the exchange in unlockextra is the instruction that Go's
 * Store already is. One pair of sites needs it: see sleep_until_put.
 */
#include "extram.h"

#define LOCKED ((uintptr_t)1)
#define SLEPT ((uintptr_t)2)

struct list {
	struct extram_list base; /* waiters: in the same line, as Go's three variables are */
	_Atomic uintptr_t extraM;
	_Atomic uint32_t extraMLength; /* written only while locked */
	_Atomic uint32_t extraMUnlocks, extraMPuts, extraMSleepers;
};

/* One call of lockextra. */
struct locker {
	uintptr_t as;    /* what it locks with */
	uint32_t rounds; /* of spinning */
	uint32_t puts;   /* seen before it looked at the list */
	bool counted;    /* as a waiter and a sleeper */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->extraM, 0);
	atomic_init(&l->extraMLength, 0);
	atomic_init(&l->extraMUnlocks, 0);
	atomic_init(&l->extraMPuts, 0);
	atomic_init(&l->extraMSleepers, 0);
	return true;
}

static void wake_one(_Atomic uint32_t *word)
{
	/* seq_cst: Go's Add. It comes after what the sleeper waits for, so who reads the new number and looks then finds that. */
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
	/* seq_cst: Go's Load. Before the mark: the unlock that finds the mark changes it afterwards. */
	uint32_t unlocks = atomic_load_explicit(&l->extraMUnlocks, memory_order_seq_cst);
	uintptr_t old = LOCKED;
	/* seq_cst: Go's CompareAndSwap. */
	if (!atomic_compare_exchange_strong_explicit(&l->extraM, &old, SLEPT, memory_order_seq_cst, memory_order_seq_cst) && old != SLEPT)
		return;
	EXTRAM_FUTEX_WAIT(&l->extraMUnlocks, unlocks);
	k->as = SLEPT;
}

/* Returns when there may be an m; the first time at once, for the second look. */
static void sleep_until_put(struct list *l, struct locker *k)
{
	if (k->as == SLEPT) {
		k->as = LOCKED;
		wake_one(&l->extraMUnlocks); /* whose turn it would have been */
	}
	if (k->counted) {
		EXTRAM_FUTEX_WAIT(&l->extraMPuts, k->puts);
	} else {
		k->counted = true;
		extram_count(&l->base); /* Go: once a call */
		/* seq_cst: Dekker's pattern with put. Here: announce, look at extraM. There: store extraM, look for sleepers. In the one
		 * order of all these, either the announcement comes before put's look, and put wakes us, or put's store comes before our
		 * look, and we find the m. */
		atomic_fetch_add_explicit(&l->extraMSleepers, 1, memory_order_seq_cst);
	}
	/* seq_cst: Go's Load. Before the look: a put that the look did not see changes it afterwards. */
	k->puts = atomic_load_explicit(&l->extraMPuts, memory_order_seq_cst);
}

/* Go's lockextra: returns the head, which is locked until unlockextra. */
static struct m *lockextra(struct list *l, bool nilokay)
{
	struct locker k = {.as = LOCKED};
	for (;;) {
		/* seq_cst: Go's Load, and the look of sleep_until_put. */
		uintptr_t old = atomic_load_explicit(&l->extraM, memory_order_seq_cst);
		if (old == LOCKED || old == SLEPT) {
			sleep_until_unlock(l, &k);
			continue;
		}
		if (old == 0 && !nilokay) {
			sleep_until_put(l, &k);
			continue;
		}
		/* seq_cst: Go's CompareAndSwap. Acquires from the exchange in unlockextra. Who loses it looks again at once: another one
		 * won. */
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
	/* seq_cst: Go's Swap, where there was a Store; put's half of what sleep_until_put argues. Releases to the exchange in lockextra. */
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
	/* relaxed: schedlink is a plain word in Go. The lock orders the first read; at the second one the m is ours. */
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
