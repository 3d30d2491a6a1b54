/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reclaimer's side of bound.h: a thread binds an m, and takes back idle ms of other threads.
 * Caller of each function holds the reserve's lock.
 *
 * Source: the hand of Corbato's clock, with second chances, 1968.
 */
#ifndef EXTRAM_BOUND_HAND_H
#define EXTRAM_BOUND_HAND_H

#include "bound.h"

#define BOUND_LOOKS 64 /* the most records that the hand passes, unless in a hurry */
#define BOUND_BATCH 16 /* the most ms that one membarrier brings */

/* Orders a store to claim, wanted or the reserve's open before the loads of
 * busy. */
static inline void bound_heavy_fence(struct bound_threads *b)
{
	if (b->fenced == 0)
		rseq_fence();
	else
		atomic_thread_fence(memory_order_seq_cst); /* seq_cst: see bound_unasked */
}

static inline void bound_set_m(struct bound_record *r, struct m *mp)
{
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&r->mp, mp, memory_order_relaxed);
}

/* For a record in the queue. */
static inline bool bound_is_idle(struct bound_record *r)
{
	/* acquire: pairs with the release in bound_put, for the m's contents. */
	return !atomic_load_explicit(&r->busy, memory_order_acquire);
}

static inline void bound_set_claim(struct bound_threads *b, struct bound_record *r, uint32_t asked)
{
	/* relaxed: the fences order a 1. A 0 that is seen late costs a trip to the lock, nothing
	 * more. */
	atomic_store_explicit(&r->claim, asked | b->fenced, memory_order_relaxed);
}

static inline void bound_set_wanted(struct bound_threads *b, uint32_t asked)
{
	/* relaxed: as in bound_set_claim. */
	atomic_store_explicit(&b->wanted, asked | b->fenced, memory_order_relaxed);
}

static inline bool bound_is_wanted(struct bound_threads *b)
{
	/* relaxed: the lock orders it. */
	return (atomic_load_explicit(&b->wanted, memory_order_relaxed) & BOUND_ASKED) != 0;
}

/* Binds an m that the thread has just
 * got. */
static inline void bound_attach(struct bound_threads *b, struct bound_record *r, uint64_t id, struct m *mp)
{
	bound_set_list(r, id);
	bound_set_m(r, mp);
	bound_set_busy(r);
	bound_set_claim(b, r, 0);
	TAILQ_INSERT_TAIL(&b->queue, r, link);
	b->count++;
}

/* For the record's own thread, or the reclaimer that claimed the m. */
static inline struct m *bound_detach(struct bound_threads *b, struct bound_record *r)
{
	struct m *mp = bound_m(r);
	TAILQ_REMOVE(&b->queue, r, link);
	b->count--;
	bound_set_m(r, NULL);
	return mp;
}

/* Settles a claim, after the fence. 1: the m is in the reserve. 0: the thread was faster. */
static inline uint32_t bound_settle(struct bound_threads *b, struct bound_record *r, struct reserve *reserve)
{
	if (bound_is_idle(r)) {
		reserve_push(reserve, bound_detach(b, r));
		return 1; /* the record stays claimed, so its thread comes and finds mp NULL */
	}
	bound_set_claim(b, r, 0);
	return 0;
}

/* The hand passes a record. Claims the m if it is idle and, unless in a hurry, was not used since
 * the last pass. */
static inline bool bound_claim(struct bound_threads *b, struct bound_record *r, bool in_hurry)
{
	/* relaxed, both: a hint. */
	bool used = atomic_load_explicit(&r->used, memory_order_relaxed);
	atomic_store_explicit(&r->used, false, memory_order_relaxed);
	TAILQ_REMOVE(&b->queue, r, link);
	TAILQ_INSERT_TAIL(&b->queue, r, link);
	if (!bound_is_idle(r) || (used && !in_hurry))
		return false;
	bound_set_claim(b, r, BOUND_ASKED);
	return true;
}

/* Moves ms of idle threads to the reserve. In a hurry it takes one m of any idle thread. Otherwise
 * it takes a few that were not used since the hand last passed. */
static inline void bound_reclaim(struct bound_threads *b, struct reserve *reserve, bool in_hurry)
{
	struct bound_record *claimed[BOUND_BATCH];
	uint32_t most = in_hurry ? 1 : BOUND_BATCH;
	uint32_t looks = in_hurry || b->count < BOUND_LOOKS ? b->count : BOUND_LOOKS;
	for (uint32_t taken = 0; looks > 0 && taken == 0;) {
		uint32_t n = 0;
		for (; looks > 0 && n < most; looks--) {
			struct bound_record *r = TAILQ_FIRST(&b->queue);
			if (bound_claim(b, r, in_hurry))
				claimed[n++] = r;
		}
		if (n > 0)
			bound_heavy_fence(b);
		while (n > 0)
			taken += bound_settle(b, claimed[--n], reserve);
	}
}

static inline uint32_t bound_idle(struct bound_threads *b)
{
	struct bound_record *r;
	uint32_t n = 0;
	TAILQ_FOREACH(r, &b->queue, link)
	{
		n += bound_is_idle(r);
	}
	return n;
}

/*
 * The reserve must be empty. True: every m is in use. Proof: a put after the fence finds wanted,
 * and cannot return before the lock is free. A put before the fence is seen here, or a later get of
 * the same m is. So no m that was seen in use has been put since.
 */
static inline bool bound_none_idle(struct bound_threads *b)
{
	bound_set_wanted(b, BOUND_ASKED);
	bound_heavy_fence(b);
	return bound_idle(b) == 0;
}

/* Takes an m from the reserve, otherwise from an idle thread. A get that drains the reserve refills
 * it. */
static inline struct m *bound_take(struct bound_threads *b, struct reserve *reserve)
{
	if (reserve->head == NULL)
		bound_reclaim(b, reserve, true);
	struct m *mp = reserve_pop(reserve);
	if (mp != NULL && reserve->head == NULL)
		bound_reclaim(b, reserve, false);
	return mp;
}

/* Waits in a get for which bound_take found no m; the get is counted once. The first call only runs
 * the fence, because the look before the fence may have come too early. */
static inline void bound_wait(struct bound_threads *b, struct reserve *reserve, struct extram_list *list, bool *counted)
{
	if (!bound_is_wanted(b)) {
		bound_set_wanted(b, BOUND_ASKED);
		bound_heavy_fence(b);
		return;
	}
	reserve_wait(reserve, list, counted);
}

#endif
