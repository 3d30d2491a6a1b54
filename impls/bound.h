/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads with an m bound to each, for bound_reclaim.c: the records of the threads, and how a
 * thread takes and puts its own m. bound_hand.h is the side of the reclaimer, which takes an idle m
 * from another thread.
 *
 * Source: biased locking by an asymmetric fence, as in Dice, Moir and Scherer, Quickly reacquirable
 * locks, 2003, with membarrier(2).
 *
 *   record of a thread
 *     list       id of the list that the thread is bound to, even if its m was taken or given up
 *                since; 0: none. Only the thread and its signal handlers use it
 *     busy       1: the thread has its m, or is about to take it; 0: the m is idle. Written by the
 *                thread
 *     claim      bit 0: a reclaimer checks busy and, if that is 0, takes the m. Written under the
 *                reserve's lock
 *     used       1: the m was put since the hand of the clock last passed. Set by the thread,
 *                cleared by the hand
 *     mp         the m; NULL: reclaimed or given up, and claim has bit 0. Written under the
 *                reserve's lock
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
 * Records are thread-local: a thread removes its own from the queue before it ends. fork leaves
 * records of threads that the child does not have: see bound_fork.h.
 *
 * A signal handler may interrupt its thread's get or put anywhere, and may take and put the m:
 *
 *   before busy is 1      it finds the m idle, takes it, and leaves it idle
 *   while busy is 1       the m is its thread's. If mp is NULL, it gets an m that it does not bind
 *   if it loses the m     the thread found list and busy as they were before. list is still right,
 *                         because only thread_exit changes it. mp is NULL, and claimed; or another
 *                         m, which is the thread's as well
 *   during a claim        busy decides, as for the thread. A get that fails restores it
 *   a claim that loses    the reclaimer finds busy at 1 and takes claim back. If the thread saw it,
 *                         it takes the lock and finds its m in mp
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

/* Bits of claim and wanted. */
#define BOUND_ASKED 1U
#define BOUND_FENCED 2U

struct bound_record {
	_Atomic uint64_t list;
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
	uint32_t forks; /* how many there were when the queue was last right: see bound_fork.h */
};

/* Runs alone, like extram.h's init. */
static inline void bound_init(struct bound_threads *b, uint32_t forks)
{
	b->fenced = rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) ? 0 : BOUND_FENCED;
	atomic_init(&b->wanted, b->fenced);
	TAILQ_INIT(&b->queue);
	b->count = 0;
	b->forks = forks;
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

/* The next four are for the record's own thread and its signal handlers. */
static inline uint64_t bound_list(struct bound_record *r)
{
	/* relaxed: no other thread uses it. */
	return atomic_load_explicit(&r->list, memory_order_relaxed);
}

static inline void bound_set_list(struct bound_record *r, uint64_t id)
{
	/* relaxed: as in bound_list. */
	atomic_store_explicit(&r->list, id, memory_order_relaxed);
}

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

/* The thread may bind an m of the list. It has none bound, and is not on the way to one: a handler
 * must not put an m in the way of a bound_get that it interrupts. */
static inline bool bound_is_free(struct bound_record *r, uint64_t id)
{
	uint64_t list = bound_list(r);
	return !bound_own_busy(r) && (list == 0 || (list == id && bound_m(r) == NULL));
}

/* For the record's own thread, while its m is idle. True: the thread has its m. False: a reclaimer
 * claims the m or has taken it. To find out which, take the lock and read mp. */
static inline bool bound_get(struct bound_record *r)
{
	bound_set_busy(r);
	return extram_likely(bound_unasked(&r->claim));
}

/* For the record's own thread, after a bound_get that said false. The m is idle again, unless it
 * was taken. The thread must go on to the lock: another one may have seen busy, and may sleep. */
static inline void bound_unget(struct bound_record *r)
{
	/* release: as in bound_put. */
	atomic_store_explicit(&r->busy, false, memory_order_release);
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

#endif
