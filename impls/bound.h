/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads with an m bound to each, for bound_reclaim.c: their records, and how another thread takes back an m that lies idle there.
 *
 * Source: biased locking by an asymmetric fence, as in Dice, Moir and Scherer, Quickly reacquirable locks, 2003, with membarrier(2); second
 * chances as in Corbato's clock, 1968.
 *
 *   record of a thread
 *     list       id of the list that it is bound to; 0: none. The thread's
 *     uses       even: its m is idle, odd: in use. Goes up by one with each get and put. Written by the thread
 *     claimed    1: a reclaimer looks at uses; if it was even, the m is the reclaimer's. Written while the reserve is locked
 *     mp         the m; NULL: reclaimed. The thread's while uses is odd and not claimed, else of who has the lock
 *     seen       uses when the hand of the clock came by last; under the lock
 *   queue        the records with an m, in the order in which the hand comes by; under the lock
 *   wanted       1: somebody sleeps, or is about to: idle ms are to be brought to the reserve. Written under the lock
 *
 * A thread's get writes uses, then looks at claimed; a reclaimer writes claimed, then looks at uses. Between the two stands a fence that
 * costs the thread nothing, as the reclaimer's membarrier makes it a full one on every CPU: one of the two sees the other. The same fence
 * stands between a put's uses and its look at wanted, and between a get's uses and its look at the reserve. Where there is no
 * membarrier, both fences are real ones.
 *
 * Records are thread-local: a thread takes its own out of the queue before it ends.
 */
#ifndef EXTRAM_BOUND_H
#define EXTRAM_BOUND_H

#include <sys/queue.h>

#include "extram.h"
#include "reserve.h"
#include "rseq.h"

/* ThreadSanitizer does not know fences, nor membarrier; for the ms' contents it need not, as uses orders those. */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define BOUND_LOOKS 64 /* of the hand, when there is no hurry */
#define BOUND_BATCH 16 /* ms that one membarrier may bring */

struct bound_record {
	uint64_t list;
	_Atomic uint32_t uses, claimed;
	struct m *mp;
	TAILQ_ENTRY(bound_record) link;
	uint32_t seen;
	bool leaving; /* the thread's destructor has run: no m is bound any more */
};

/* What is bound to the threads of one list. */
struct bound_threads {
	bool asymmetric; /* there is membarrier */
	_Atomic uint32_t wanted;
	TAILQ_HEAD(, bound_record) queue;
	uint32_t count; /* of the queue */
};

/* Alone, as extram.h's init. */
static inline void bound_init(struct bound_threads *b)
{
	b->asymmetric = rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	atomic_init(&b->wanted, 0);
	TAILQ_INIT(&b->queue);
	b->count = 0;
}

/* Of a thread, between its store to uses and a load; see above. */
static inline void bound_light_fence(struct bound_threads *b)
{
	/* seq_cst, both: Dekker's pattern with bound_heavy_fence, the compiler's part of it or all. */
	if (extram_likely(b->asymmetric))
		atomic_signal_fence(memory_order_seq_cst);
	else
		atomic_thread_fence(memory_order_seq_cst);
}

/* Of who has the lock, between a store to claimed, wanted or the reserve's open and the loads of uses. */
static inline void bound_heavy_fence(struct bound_threads *b)
{
	if (b->asymmetric)
		rseq_fence();
	else
		atomic_thread_fence(memory_order_seq_cst); /* seq_cst: see bound_light_fence */
}

/* The thread's own. */
static inline uint32_t bound_own_uses(struct bound_record *r)
{
	/* relaxed: nobody else writes it. */
	return atomic_load_explicit(&r->uses, memory_order_relaxed);
}

static inline uint32_t bound_uses(struct bound_record *r)
{
	/* acquire: pairs with the releases in bound_put, for the m's contents and for the thread's look at mp, and in bound_get. */
	return atomic_load_explicit(&r->uses, memory_order_acquire);
}

static inline void bound_set_claimed(struct bound_record *r, uint32_t to)
{
	/* relaxed: the fences order a 1; a 0 that is seen late costs a trip to the lock, no more. */
	atomic_store_explicit(&r->claimed, to, memory_order_relaxed);
}

static inline void bound_set_wanted(struct bound_threads *b, uint32_t to)
{
	/* relaxed: the fences order a 1; a 0 that is seen late costs a trip to the lock, no more. */
	atomic_store_explicit(&b->wanted, to, memory_order_relaxed);
}

static inline bool bound_is_wanted(struct bound_threads *b)
{
	/* relaxed: the fences order it. */
	return atomic_load_explicit(&b->wanted, memory_order_relaxed) != 0;
}

/* The thread's, whose m is idle. True: it has it now. False: somebody claims it, or has taken it; under the lock mp tells. */
static inline bool bound_get(struct bound_threads *b, struct bound_record *r)
{
	/* release: pairs with the acquire in bound_uses: who finds this m in use, in bound_none_idle, finds idle what was put before. */
	atomic_store_explicit(&r->uses, bound_own_uses(r) + 1, memory_order_release);
	bound_light_fence(b);
	/* relaxed: the fence orders it. */
	return extram_likely(atomic_load_explicit(&r->claimed, memory_order_relaxed) == 0);
}

/* The thread's, which has its m. True: idle ms are wanted. */
static inline bool bound_put(struct bound_threads *b, struct bound_record *r)
{
	/* release: pairs with the acquire in bound_uses. */
	atomic_store_explicit(&r->uses, bound_own_uses(r) + 1, memory_order_release);
	bound_light_fence(b);
	return extram_unlikely(bound_is_wanted(b));
}

/* From here on: to be called while locked. An m that the thread has just got is its own from now on. */
static inline void bound_attach(struct bound_threads *b, struct bound_record *r, uint64_t list, struct m *mp)
{
	r->list = list;
	r->mp = mp;
	r->seen = bound_own_uses(r) | 1;
	/* relaxed: the lock orders it. */
	atomic_store_explicit(&r->uses, r->seen, memory_order_relaxed);
	bound_set_claimed(r, 0);
	TAILQ_INSERT_TAIL(&b->queue, r, link);
	b->count++;
}

/* By the thread itself, or by who has claimed it. */
static inline struct m *bound_detach(struct bound_threads *b, struct bound_record *r)
{
	struct m *mp = r->mp;
	TAILQ_REMOVE(&b->queue, r, link);
	b->count--;
	r->mp = NULL;
	return mp;
}

/* Of a claim, after the fence. 1: its m is in the reserve now. 0: the thread was faster. */
static inline uint32_t bound_settle(struct bound_threads *b, struct bound_record *r, struct reserve *reserve)
{
	if (bound_uses(r) % 2 == 0) {
		reserve_push(reserve, bound_detach(b, r));
		return 1; /* and stays claimed, so that its thread comes and sees */
	}
	bound_set_claimed(r, 0);
	return 0;
}

/* The hand comes by. Claims the m, if it is to be had. */
static inline bool bound_claim(struct bound_threads *b, struct bound_record *r, bool in_hurry)
{
	uint32_t uses = bound_uses(r), seen = r->seen;
	TAILQ_REMOVE(&b->queue, r, link);
	TAILQ_INSERT_TAIL(&b->queue, r, link);
	r->seen = uses;
	if (uses % 2 != 0 || (uses != seen && !in_hurry))
		return false;
	bound_set_claimed(r, 1);
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

/* Idle ms. *uses: the sum, which tells two looks apart if a thread got or put between them. */
static inline uint32_t bound_idle(struct bound_threads *b, uint64_t *uses)
{
	struct bound_record *r;
	uint32_t n = 0;
	*uses = 0;
	TAILQ_FOREACH(r, &b->queue, link)
	{
		uint32_t u = bound_uses(r);
		n += u % 2 == 0;
		*uses += u;
	}
	return n;
}

/* With an empty reserve. Two equal looks: between them, every m was in use at once. */
static inline bool bound_none_idle(struct bound_threads *b)
{
	uint64_t before, after;
	bound_heavy_fence(b);
	return bound_idle(b, &before) == 0 && bound_idle(b, &after) == 0 && before == after;
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
		bound_set_wanted(b, 1);
		bound_heavy_fence(b);
		return;
	}
	reserve_wait(reserve, list, counted);
}

#endif
