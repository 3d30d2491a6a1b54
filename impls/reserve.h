/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shared part of a strategy that caches ms: a linked stack under a mutex, and a place to sleep while there is no m anywhere.
 *
 *   open    1: the reserve has an m and nobody sleeps. The one word that caches read: in the steady state nobody writes its line
 *   length  ms in the reserve
 *   fenced  since open fell, every CPU has been made to see that: whoever then puts an m where this lock does not reach will find open at 0
 *           and come here
 *
 * Who sleeps here has looked everywhere under the lock, after the fence. An m that was put elsewhere before the fence, it has seen; who
 * puts one after it looks next at open (or what the strategy has in its place: wanted, in bound.h; a closed slot, in percpu_slot.c), takes
 * the lock, and wakes a sleeper. So a cache pays one load for it, and no m lies
 * unseen while somebody sleeps.
 */
#ifndef EXTRAM_RESERVE_H
#define EXTRAM_RESERVE_H

#include <assert.h>
#include <pthread.h>

#include "extram.h"

struct reserve {
	_Alignas(EXTRAM_APART) _Atomic uint32_t open; /* apart from the lock: every get and put may read it */
	_Atomic uint32_t length;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock; /* for all below, and for writing the two above */
	struct m *head;
	uint32_t sleepers;
	bool fenced;
	_Atomic uint32_t wakes; /* the futex that they sleep on */
};

/* Alone, as extram.h's init and fini. False: there is no mutex to be had. */
static inline bool reserve_init(struct reserve *r)
{
	atomic_init(&r->open, 0);
	atomic_init(&r->length, 0);
	atomic_init(&r->wakes, 0);
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

/* Any thread, never blocks. */
static inline bool reserve_is_open(struct reserve *r)
{
	/* relaxed: who depends on it fences: who wants to sleep, and length in percpu.c and bound_reclaim.c. Elsewhere it is a hint. */
	return atomic_load_explicit(&r->open, memory_order_relaxed) != 0;
}

static inline uint32_t reserve_length(struct reserve *r)
{
	/* relaxed: a hint while the list is in use; at rest whatever brought the list to rest orders it. */
	return atomic_load_explicit(&r->length, memory_order_relaxed);
}

/* To be called while locked, after a change. Writes open only if it changes, for the sake of its line. */
static inline void reserve_publish(struct reserve *r)
{
	bool open = r->head != NULL && r->sleepers == 0;
	if (open == reserve_is_open(r))
		return;
	r->fenced = false;
	/* relaxed: as in reserve_is_open. */
	atomic_store_explicit(&r->open, open, memory_order_relaxed);
}

/* To be called while locked. */
static inline void reserve_set(struct reserve *r, struct m *head, int32_t delta)
{
	r->head = head;
	/* relaxed: written only while locked; others take a hint, but who drained the reserve reads its own 0 or a later value. */
	atomic_store_explicit(&r->length, reserve_length(r) + (uint32_t)delta, memory_order_relaxed);
	reserve_publish(r);
}

/* To be called while locked. */
static inline void reserve_push(struct reserve *r, struct m *mp)
{
	/* relaxed: the mutex orders the links. */
	atomic_store_explicit(&mp->schedlink, r->head, memory_order_relaxed);
	reserve_set(r, mp, 1);
}

/* To be called while locked. NULL: empty. */
static inline struct m *reserve_pop(struct reserve *r)
{
	struct m *mp = r->head;
	if (mp != NULL)
		/* relaxed: the mutex orders the links. */
		reserve_set(r, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	return mp;
}

/*
 * To be called while locked, with fenced, after a look everywhere that found no m. Lets the lock go, sleeps until a put or a signal, and
 * comes back locked.
 */
static inline void reserve_sleep(struct reserve *r)
{
	assert(r->fenced && r->head == NULL && "who sleeps has looked, after the fence");
	r->sleepers++;
	/* relaxed: written only while locked; the kernel compares it again. */
	uint32_t wakes = atomic_load_explicit(&r->wakes, memory_order_relaxed);
	pthread_mutex_unlock(&r->lock);
	EXTRAM_FUTEX_WAIT(&r->wakes, wakes);
	pthread_mutex_lock(&r->lock);
	r->sleepers--;
	reserve_publish(r);
}

/* reserve_sleep of a get, which counts itself in waiters once. To be called as that is; its look everywhere was behind the fence. */
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

/* reserve_unlock for who brought an m here or elsewhere: a sleeper wakes and looks again. */
static inline void reserve_unlock_and_wake(struct reserve *r)
{
	bool wake = r->sleepers > 0;
	if (wake)
		/* relaxed: written only while locked; who sleeps read it while locked, before. */
		atomic_fetch_add_explicit(&r->wakes, 1, memory_order_relaxed);
	pthread_mutex_unlock(&r->lock);
	if (wake)
		EXTRAM_FUTEX_WAKE(&r->wakes, 1);
}

/* A put that comes here: any thread, not locked. Out of line, for the sake of puts that do not. */
static __attribute__((noinline, unused)) void reserve_put(struct reserve *r, struct m *mp)
{
	reserve_lock(r);
	reserve_push(r, mp);
	reserve_unlock_and_wake(r);
}

#endif
