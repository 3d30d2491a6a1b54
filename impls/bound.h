/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads with an m bound to each, for bound_reclaim.c: their records, and how another thread takes back an m that lies idle there.
 *
 * Source: biased locking by an asymmetric fence, as in Dice, Moir and Scherer, Quickly reacquirable locks, 2003, with membarrier(2); second
 * chances as in Corbato's clock, 1968.
 *
 *   record of a thread
 *     list       id of the list that it is bound to; 0: none. The thread's
 *     busy       1: the thread has its m, or is about to; 0: the m is idle. Written by the thread
 *     claim      bit 0: a reclaimer looks at busy; if it is 0, the m is the reclaimer's. Written while the reserve is locked
 *     used       1: put since the hand of the clock came by last. Set by the thread, reset by the hand
 *     mp         the m; NULL: reclaimed. Written while the reserve is locked
 *   queue        the records with an m, in the order in which the hand comes by; under the lock
 *   wanted       bit 0: somebody found no m: idle ones are to be brought to the reserve. Written under the lock
 *   of both      bit 1: there is no membarrier, here or in this process: who looks makes a fence of its own, and looks again
 *
 * A thread's get writes busy, then looks at claim; a reclaimer writes claim, then looks at busy. Between the two stands a fence that
 * costs the thread nothing, as the reclaimer's membarrier makes it a full one on every CPU: one of the two sees the other. The same fence
 * stands between a put's busy and its look at wanted, and between a get's busy and its look at the reserve.
 *
 * What a thread writes are constants, and what it reads of its record on the way to the m it has not written: no operation waits for the
 * store of the one before. (A counter in place of busy doubled the time of a pair.)
 *
 * Records are thread-local: a thread takes its own out of the queue before it ends.
 */
#ifndef EXTRAM_BOUND_H
#define EXTRAM_BOUND_H

#include <sys/queue.h>

#include "extram.h"
#include "reserve.h"
#include "rseq.h"

/* ThreadSanitizer does not know fences, nor membarrier; for the ms' contents it need not, as busy orders those. */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define BOUND_LOOKS 64 /* of the hand, when there is no hurry */
#define BOUND_BATCH 16 /* ms that one membarrier may bring */

/* Bits of claim and wanted. */
#define BOUND_ASKED 1U
#define BOUND_FENCED 2U

struct bound_record {
	uint64_t list;
	_Atomic bool busy, used;
	_Atomic uint32_t claim;
	struct m *_Atomic mp;
	TAILQ_ENTRY(bound_record) link;
	uint32_t closed; /* the thread's gets that found the reserve not open */
	bool leaving;    /* the thread's destructor has run: no m is bound any more */
};

/* What is bound to the threads of one list. */
struct bound_threads {
	uint32_t fenced; /* BOUND_FENCED, or 0: there is membarrier */
	_Atomic uint32_t wanted;
	TAILQ_HEAD(, bound_record) queue;
	uint32_t count; /* of the queue */
};

/* Alone, as extram.h's init. */
static inline void bound_init(struct bound_threads *b)
{
	b->fenced = rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ? 0 : BOUND_FENCED;
	atomic_init(&b->wanted, b->fenced);
	TAILQ_INIT(&b->queue);
	b->count = 0;
}

/* Of a thread that has just written busy: does nobody ask for anything by that word? See above. */
static inline bool bound_unasked(_Atomic uint32_t *word)
{
	/* seq_cst, both fences: Dekker's pattern with bound_heavy_fence, the compiler's part of it or all. */
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

/* Of who has the lock, between a store to claim, wanted or the reserve's open and the loads of busy. */
static inline void bound_heavy_fence(struct bound_threads *b)
{
	if (b->fenced == 0)
		rseq_fence();
	else
		atomic_thread_fence(memory_order_seq_cst); /* seq_cst: see bound_unasked */
}

/* The thread's own. */
static inline bool bound_own_busy(struct bound_record *r)
{
	/* relaxed: nobody else writes it. */
	return atomic_load_explicit(&r->busy, memory_order_relaxed);
}

static inline void bound_set_busy(struct bound_record *r)
{
	/* relaxed: it publishes nothing; the lock or the fence that follows orders it. */
	atomic_store_explicit(&r->busy, true, memory_order_relaxed);
}

static inline struct m *bound_m(struct bound_record *r)
{
	/* relaxed: the thread has it, or the caller the lock; or the thread puts another m, which this one is not, reclaimed or not. */
	return atomic_load_explicit(&r->mp, memory_order_relaxed);
}

static inline void bound_set_m(struct bound_record *r, struct m *mp)
{
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&r->mp, mp, memory_order_relaxed);
}

/* Of a record in the queue. */
static inline bool bound_is_idle(struct bound_record *r)
{
	/* acquire: pairs with the release in bound_put, for the m's contents. */
	return !atomic_load_explicit(&r->busy, memory_order_acquire);
}

static inline void bound_set_claim(struct bound_threads *b, struct bound_record *r, uint32_t asked)
{
	/* relaxed: the fences order a 1; a 0 that is seen late costs a trip to the lock, no more. */
	atomic_store_explicit(&r->claim, asked | b->fenced, memory_order_relaxed);
}

static inline void bound_set_wanted(struct bound_threads *b, uint32_t asked)
{
	/* relaxed: as in bound_set_claim. */
	atomic_store_explicit(&b->wanted, asked | b->fenced, memory_order_relaxed);
}

/* To be called while locked. */
static inline bool bound_is_wanted(struct bound_threads *b)
{
	/* relaxed: the lock orders it. */
	return (atomic_load_explicit(&b->wanted, memory_order_relaxed) & BOUND_ASKED) != 0;
}

/* The thread's, whose m is idle. True: it has it now. False: somebody claims it, or has taken it; under the lock mp tells. */
static inline bool bound_get(struct bound_record *r)
{
	bound_set_busy(r);
	return extram_likely(bound_unasked(&r->claim));
}

/* The thread's, which has its m. True: idle ms are wanted. */
static inline bool bound_put(struct bound_threads *b, struct bound_record *r)
{
	/* relaxed: a hint for the hand. */
	atomic_store_explicit(&r->used, true, memory_order_relaxed);
	/* release: pairs with the acquire in bound_is_idle. */
	atomic_store_explicit(&r->busy, false, memory_order_release);
	return extram_unlikely(!bound_unasked(&b->wanted));
}

/* From here on: to be called while locked. An m that the thread has just got is its own from now on. */
static inline void bound_attach(struct bound_threads *b, struct bound_record *r, uint64_t id, struct m *mp)
{
	r->list = id;
	bound_set_m(r, mp);
	bound_set_busy(r);
	bound_set_claim(b, r, 0);
	TAILQ_INSERT_TAIL(&b->queue, r, link);
	b->count++;
}

/* By the thread itself, or by who has claimed it. */
static inline struct m *bound_detach(struct bound_threads *b, struct bound_record *r)
{
	struct m *mp = bound_m(r);
	TAILQ_REMOVE(&b->queue, r, link);
	b->count--;
	bound_set_m(r, NULL);
	return mp;
}

/* Of a claim, after the fence. 1: its m is in the reserve now. 0: the thread was faster. */
static inline uint32_t bound_settle(struct bound_threads *b, struct bound_record *r, struct reserve *reserve)
{
	if (bound_is_idle(r)) {
		reserve_push(reserve, bound_detach(b, r));
		return 1; /* and stays claimed, so that its thread comes and sees */
	}
	bound_set_claim(b, r, 0);
	return 0;
}

/* The hand comes by. Claims the m, if it is to be had. */
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

/* Brings ms of idle threads to the reserve: in a hurry one, from whomever; else some, from those that the hand finds as it left them. */
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
 * With an empty reserve. True: every m is in use now. For a put after the fence finds wanted, and does not return before the lock is
 * free; one before the fence is seen, or the get that came after it is. So no m that was seen in use has been put since.
 */
static inline bool bound_none_idle(struct bound_threads *b)
{
	bound_set_wanted(b, BOUND_ASKED);
	bound_heavy_fence(b);
	return bound_idle(b) == 0;
}

/* An m of the reserve; or of an idle thread. Who drains the reserve brings it some. */
static inline struct m *bound_take(struct bound_threads *b, struct reserve *reserve)
{
	if (reserve->head == NULL)
		bound_reclaim(b, reserve, true);
	struct m *mp = reserve_pop(reserve);
	if (mp != NULL && reserve->head == NULL)
		bound_reclaim(b, reserve, false);
	return mp;
}

/* After bound_take found none, in a get of the list that counts itself once. The first look may have come too early: before the fence. */
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
