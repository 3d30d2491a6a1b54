/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared part of a strategy that caches ms: a linked stack under a mutex, and a place to sleep
 * while no m is parked anywhere.
 *
 *   open    1: the reserve has an m and no thread sleeps. Caches read only this word. In the steady
 *           state no thread writes its line
 *   length  ms in the reserve
 *   wanted  in percpu.c: gets that ask for any m. A put that finds open at 0 then brings its m here
 *   fenced  1: every CPU has seen that open fell to 0 and, in percpu.c, that wanted rose. A thread
 *           that then puts an m outside this lock finds that and comes here
 *
 * A sleeper has looked everywhere, under the lock, after the fence. It has seen every m that was
 * put elsewhere before the fence. A thread that puts one after the fence reads open next (in
 * percpu.c then wanted), takes the lock, and wakes a sleeper. (Some strategies have another word in
 * place of open: wanted in bound.h, a closed slot in slots.h.) So a cache pays one load, and no m
 * goes unseen while a thread sleeps.
 */
#ifndef EXTRAM_RESERVE_H
#define EXTRAM_RESERVE_H

#include <assert.h>
#include <pthread.h>

#include "wait.h"

struct reserve {
	_Alignas(EXTRAM_APART) _Atomic uint32_t open; /* apart from the lock, because every get and put may read it */
	_Atomic uint32_t length, wanted;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock; /* guards all below, and writes of the three above */
	struct m *head;
	uint32_t sleepers;
	bool fenced;
	_Atomic uint32_t wakes; /* the futex of the sleepers */
};

/* Runs alone, like extram.h's init and fini. False: the mutex could not be made. */
static inline bool reserve_init(struct reserve *r)
{
	atomic_init(&r->open, 0);
	atomic_init(&r->length, 0);
	atomic_init(&r->wanted, 0);
	atomic_init(&r->wakes, EXTRAM_COUNT_FROM);
	r->head = NULL;
	r->sleepers = 0;
	r->fenced = false;
	return pthread_mutex_init(&r->lock, NULL) == 0;
}

static inline void reserve_fini(struct reserve *r)
{
	pthread_mutex_destroy(&r->lock);
}

static inline void reserve_lock(struct reserve *r)
{
	pthread_mutex_lock(&r->lock);
}

/* Any thread may call it; never blocks. */
static inline bool reserve_is_open(struct reserve *r)
{
	/* relaxed: a caller that depends on the order runs a fence: a get before it sleeps, and
	 * length in percpu.c and bound_reclaim.c. For all others it is a hint. */
	return atomic_load_explicit(&r->open, memory_order_relaxed) != 0;
}

static inline uint32_t reserve_length(struct reserve *r)
{
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&r->length, memory_order_relaxed);
}

/* Caller holds the lock. Updates open after a change. It stores only a new value, so that the line
 * stays shared. */
static inline void reserve_publish(struct reserve *r)
{
	bool open = r->head != NULL && r->sleepers == 0;
	if (open == reserve_is_open(r))
		return;
	r->fenced = false;
	/* relaxed: as in reserve_is_open. */
	atomic_store_explicit(&r->open, open, memory_order_relaxed);
}

/* Caller holds the lock. */
static inline void reserve_set(struct reserve *r, struct m *head, int32_t delta)
{
	r->head = head;
	/* relaxed: written only under the lock. Others take a hint, but a thread that drained the
	 * reserve reads its own 0 or a later value. */
	atomic_store_explicit(&r->length, reserve_length(r) + (uint32_t)delta, memory_order_relaxed);
	reserve_publish(r);
}

/* Caller holds the lock. */
static inline void reserve_push(struct reserve *r, struct m *mp)
{
	/* relaxed: the mutex orders the links. */
	atomic_store_explicit(&mp->schedlink, r->head, memory_order_relaxed);
	reserve_set(r, mp, 1);
}

/* Caller holds the lock. NULL: the reserve is empty. */
static inline struct m *reserve_pop(struct reserve *r)
{
	struct m *mp = r->head;
	if (mp != NULL)
		/* relaxed: the mutex orders the links. */
		reserve_set(r, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	return mp;
}

/* Any thread may call it; never blocks. */
static inline bool reserve_is_wanted(struct reserve *r)
{
	/* relaxed: as in reserve_is_open. */
	return atomic_load_explicit(&r->wanted, memory_order_relaxed) != 0;
}

/* Caller holds the lock. A get that has asked calls reserve_unask once, before it returns. */
static inline void reserve_ask(struct reserve *r)
{
	/* relaxed, both: as in reserve_is_open. Written only under the lock. */
	atomic_store_explicit(&r->wanted, atomic_load_explicit(&r->wanted, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* Caller holds the lock. If no other get asks, fenced is 0 by now: the caller has taken its m from
 * the reserve while nobody slept. */
static inline void reserve_unask(struct reserve *r)
{
	/* relaxed, both: as in reserve_ask. A put that sees it late comes here in vain, no more. */
	atomic_store_explicit(&r->wanted, atomic_load_explicit(&r->wanted, memory_order_relaxed) - 1, memory_order_relaxed);
}

/* Caller holds the lock. Releases it, waits for an m in the reserve, and takes it again. Rounds are
 * those of extram_spin: with more than EXTRAM_SPINS it yields the CPU. */
static inline void reserve_await(struct reserve *r, uint32_t rounds)
{
	uint32_t spun = 0;
	pthread_mutex_unlock(&r->lock);
	while (rounds-- > 0 && reserve_length(r) == 0)
		extram_spin(&spun);
	pthread_mutex_lock(&r->lock);
}

/* Without the lock. If the reserve has an m and another get asks for it and does not sleep, gives
 * that get a moment to take it. */
static inline void reserve_give_way(struct reserve *r)
{
	for (uint32_t left = EXTRAM_SPINS; left > 0 && reserve_is_wanted(r) && reserve_is_open(r); left--)
		EXTRAM_PAUSE();
}

/* Caller holds the lock. fenced is set, and a look everywhere after the fence found no m. Releases
 * the lock, sleeps until a put or a signal, and takes the lock again. */
static inline void reserve_sleep(struct reserve *r)
{
	assert(r->fenced && r->head == NULL && "the sleeper has looked after the fence");
	r->sleepers++;
	/* relaxed: written only under the lock. The kernel compares it again. */
	uint32_t wakes = atomic_load_explicit(&r->wakes, memory_order_relaxed);
	pthread_mutex_unlock(&r->lock);
	EXTRAM_FUTEX_WAIT(&r->wakes, wakes);
	pthread_mutex_lock(&r->lock);
	r->sleepers--;
	reserve_publish(r);
}

/* reserve_sleep for a get, which adds itself to waiters once. Sets fenced, so only the caller's
 * look must come after the fence. */
static inline void reserve_wait(struct reserve *r, struct extram_list *list, bool *counted)
{
	if (!*counted)
		extram_count(list);
	*counted = true;
	r->fenced = true;
	reserve_sleep(r);
}

static inline void reserve_unlock(struct reserve *r)
{
	pthread_mutex_unlock(&r->lock);
}

/* reserve_unlock after an m was put here or elsewhere. Wakes a sleeper, which looks again. */
static inline void reserve_unlock_and_wake(struct reserve *r)
{
	bool wake = r->sleepers > 0;
	if (wake)
		/* relaxed: written only under the lock. A sleeper read it under the lock before. */
		atomic_fetch_add_explicit(&r->wakes, 1, memory_order_relaxed);
	pthread_mutex_unlock(&r->lock);
	if (wake)
		EXTRAM_FUTEX_WAKE(&r->wakes, 1);
}

/* A put to the reserve. Any thread may call it, without the lock. Out of line, so that puts
 * elsewhere stay small. */
static __attribute__((noinline, unused)) void reserve_put(struct reserve *r, struct m *mp)
{
	reserve_lock(r);
	reserve_push(r, mp);
	reserve_unlock_and_wake(r);
}

#endif
