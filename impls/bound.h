/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads with an m bound to each, for bound_reclaim.c: the records of the threads, and how another
 * thread, the reclaimer, takes back an idle m.
 *
 * Source: biased locking by an asymmetric fence, as in Dice, Moir and Scherer, Quickly reacquirable
 * locks, 2003, with membarrier(2); second chances as in Corbato's clock, 1968.
 *
 *   record of a thread
 *     list       id of the list that the thread is bound to; 0: none. Only the thread uses it
 *     busy       1: the thread has its m, or is about to take it; 0: the m is idle. Written by the
 *                thread
 *     claim      bit 0: a reclaimer checks busy and, if that is 0, takes the m. Written under the
 *                reserve's lock
 *     used       1: the m was put since the hand of the clock last passed. Set by the thread,
 *                cleared by the hand
 *     mp         the m; NULL: reclaimed. Written under the reserve's lock
 *   queue        records with an m, in the order in which the hand passes them. Under the lock
 *   wanted       bit 0: a get found no m, so idle ms must go to the reserve. Written under the lock
 *   claim and    bit 1: membarrier is not available here, so the reader of the word runs a fence of
 *   wanted       its own and reads again
 *
 * A thread's get writes busy, then reads claim. A reclaimer writes claim, then reads busy. Between
 * write and read there is a fence. It costs the thread nothing, because the reclaimer's membarrier
 * is a full fence on every CPU. So one of the two sees the other. The same fence stands between a
 * put's write of busy and its read of wanted, and between a get's write of busy and its read of the
 * reserve.
 *
 * A thread writes only constants. On the way to its m it reads nothing in its record that it wrote
 * itself. So no operation waits for the store of the previous one. (A counter in place of busy
 * doubled the time of a pair.)
 *
 * Records are thread-local: a thread removes its own from the queue before it ends.
 */
#ifndef EXTRAM_BOUND_H
#define EXTRAM_BOUND_H

#include <sys/queue.h>

#include "extram.h"
#include "reserve.h"
#include "rseq.h"

/* ThreadSanitizer knows neither fences nor membarrier. It need not know them for the contents of
 * ms, because busy orders those. */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define BOUND_LOOKS 64 /* the most records that the hand passes, unless in a hurry */
#define BOUND_BATCH 16 /* the most ms that one membarrier brings */

/* Bits of claim and wanted. */
#define BOUND_ASKED 1U
#define BOUND_FENCED 2U

struct bound_record {
	uint64_t list;
	_Atomic bool busy, used;
	_Atomic uint32_t claim;
	struct m *_Atomic mp;
	TAILQ_ENTRY(bound_record) link;
	uint32_t closed; /* gets of the thread that found the reserve not open */
	bool leaving;    /* the thread's destructor has run, so no m is bound to it again */
};

/* The records of the threads that are bound to one list. */
struct bound_threads {
	uint32_t fenced; /* BOUND_FENCED, or 0 if there is membarrier */
	_Atomic uint32_t wanted;
	TAILQ_HEAD(, bound_record) queue;
	uint32_t count; /* records in the queue */
};

/* Runs alone, like extram.h's init. */
static inline void bound_init(struct bound_threads *b)
{
	b->fenced = rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ? 0 : BOUND_FENCED;
	atomic_init(&b->wanted, b->fenced);
	TAILQ_INIT(&b->queue);
	b->count = 0;
}

/* For a thread that has just written busy. True: no other thread asks for anything by the word,
 * which is claim or wanted. See above. */
static inline bool bound_unasked(_Atomic uint32_t *word)
{
	/* seq_cst, both fences: Dekker's pattern with bound_heavy_fence. Where there is membarrier,
	 * it does the CPU's part, and the signal fence does the compiler's. Elsewhere the thread
	 * fence does all. */
	atomic_signal_fence(memory_order_seq_cst);
	/* relaxed, both: the fences order them. */
	uint32_t found = atomic_load_explicit(word, memory_order_relaxed);
	if (extram_likely(found == 0))
		return true;
	if ((found & BOUND_FENCED) == 0)
		return false;
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(word, memory_order_relaxed) == BOUND_FENCED;
}

/* Caller holds the lock. Orders a store to claim, wanted or the reserve's open before the loads of
 * busy. */
static inline void bound_heavy_fence(struct bound_threads *b)
{
	if (b->fenced == 0)
		rseq_fence();
	else
		atomic_thread_fence(memory_order_seq_cst); /* seq_cst: see bound_unasked */
}

/* For the record's own thread. */
static inline bool bound_own_busy(struct bound_record *r)
{
	/* relaxed: no other thread writes it. */
	return atomic_load_explicit(&r->busy, memory_order_relaxed);
}

static inline void bound_set_busy(struct bound_record *r)
{
	/* relaxed: it publishes nothing. The lock or the fence that follows orders it. */
	atomic_store_explicit(&r->busy, true, memory_order_relaxed);
}

static inline struct m *bound_m(struct bound_record *r)
{
	/* relaxed: the thread has the m, or the caller holds the lock. Otherwise the thread is
	 * putting another m, and mp differs from that one whether or not mp is reclaimed. */
	return atomic_load_explicit(&r->mp, memory_order_relaxed);
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

/* Caller holds the lock. */
static inline bool bound_is_wanted(struct bound_threads *b)
{
	/* relaxed: the lock orders it. */
	return (atomic_load_explicit(&b->wanted, memory_order_relaxed) & BOUND_ASKED) != 0;
}

/* For the record's own thread, while its m is idle. True: the thread has its m. False: a reclaimer
 * claims the m or has taken it. To find out which, take the lock and read mp. */
static inline bool bound_get(struct bound_record *r)
{
	bound_set_busy(r);
	return extram_likely(bound_unasked(&r->claim));
}

/* For the record's own thread, while it has its m. True: idle ms are wanted. */
static inline bool bound_put(struct bound_threads *b, struct bound_record *r)
{
	/* relaxed: a hint for the hand. */
	atomic_store_explicit(&r->used, true, memory_order_relaxed);
	/* release: pairs with the acquire in bound_is_idle. */
	atomic_store_explicit(&r->busy, false, memory_order_release);
	return extram_unlikely(!bound_unasked(&b->wanted));
}

/* Caller holds the lock, here and in all functions below. Binds an m that the thread has just
 * got. */
static inline void bound_attach(struct bound_threads *b, struct bound_record *r, uint64_t id, struct m *mp)
{
	r->list = id;
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
