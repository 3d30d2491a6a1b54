/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot for one m per CPU, over a shared reserve: for percpu_slot.c, and for percpu.c where there
 * is no rseq. Atomic exchanges fill and empty the slots. Any thread may empty any slot.
 *
 *   slot      NULL     empty: a put on this CPU fills it
 *             CLOSED   closed: a put goes to the reserve. All slots are closed, or none. Written
 *                      under the reserve's lock
 *             else     the m in it
 *   cpus      number of slots. A CPU with a higher number shares slot 0
 *   reserve   the ms that the slots cannot hold: see reserve.h
 *
 * get takes from its CPU's slot, otherwise from the reserve, otherwise from another slot. A get
 * that finds no m closes the slots one by one and moves the ms that it meets to the reserve. The
 * reserve then has all parked ms: if it has none, the list was empty at that moment. The get sleeps
 * while the slots are closed, so every put comes to the reserve and finds it. The last sleeper to
 * leave opens the slots.
 *
 * last is "the reserve is not open after this get has emptied its slot". So it may be true while
 * other slots hold ms. An empty list is always reported. Say A empties its slot while B takes the
 * reserve's last m. B says true. If A says false, it saw the reserve open. Then the length in B's
 * newextram does not count A's m: see slots_length.
 */
#ifndef EXTRAM_SLOTS_H
#define EXTRAM_SLOTS_H

#include <sched.h>
#include <stdlib.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "reserve.h"
#include "rseq.h"
#include "wait.h"

/* ThreadSanitizer does not know fences. It need not know this one: length is a number. */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#define SLOTS_CLOSED ((struct m *)1)

struct slot {
	_Alignas(EXTRAM_APART) struct m *_Atomic mp;
};

/* The head of a list. */
struct slots {
	struct extram_list base; /* with the next two: read-mostly */
	struct slot *at;
	uint32_t cpus;
	struct reserve reserve;
};

/* Run alone, like extram.h's init and fini. */
static inline bool slots_init(struct slots *s, const char **why)
{
	extram_init(&s->base);
	s->cpus = EXTRAM_CPUS();
	s->at = aligned_alloc(_Alignof(struct slot), s->cpus * sizeof(struct slot));
	if (s->at == NULL || !reserve_init(&s->reserve)) {
		*why = s->at == NULL ? "no memory for the slots of the CPUs" : "pthread_mutex_init failed";
		free(s->at);
		return false;
	}
	for (uint32_t i = 0; i < s->cpus; i++)
		atomic_init(&s->at[i].mp, NULL);
	return true;
}

static inline void slots_fini(struct slots *s)
{
	reserve_fini(&s->reserve);
	free(s->at);
}

/* Any slot is correct: the CPU number may be old, unknown, or beyond the slots. It is read from
 * rseq's area without a restartable sequence, otherwise it is sched_getcpu's. */
static inline struct slot *slots_mine(struct slots *s)
{
	uint32_t cpu = (uint32_t)rseq_cpu();
	if (extram_unlikely(cpu >= s->cpus)) /* negative: not registered */
		cpu = (uint32_t)sched_getcpu();
	return &s->at[extram_likely(cpu < s->cpus) ? cpu : 0];
}

/* NULL: the slot has no m, or another thread was faster. */
static inline struct m *slots_take(struct slot *slot)
{
	/* relaxed: a guess; the exchange checks it. An unconditional exchange would open a closed
	 * slot. */
	struct m *mp = atomic_load_explicit(&slot->mp, memory_order_relaxed);
	if (mp == NULL || mp == SLOTS_CLOSED)
		return NULL;
	/* seq_cst: comes before get's load of open; see slots_length. Acquires from put's release.
	 * relaxed on failure: the value is thrown away. */
	bool done = atomic_compare_exchange_strong_explicit(&slot->mp, &mp, NULL, memory_order_seq_cst, memory_order_relaxed);
	return done ? mp : NULL;
}

/* Caller holds the lock, here and in the next four functions. All slots are closed, or none. */
static inline bool slots_are_closed(struct slots *s)
{
	/* relaxed: only the lock's holders close a slot, and open it. */
	return atomic_load_explicit(&s->at[0].mp, memory_order_relaxed) == SLOTS_CLOSED;
}

/* The slots are open. */
static inline void slots_close(struct slots *s)
{
	for (uint32_t i = 0; i < s->cpus; i++) {
		/* acquire: pairs with the release in slots_put, for the m's contents. */
		struct m *mp = atomic_exchange_explicit(&s->at[i].mp, SLOTS_CLOSED, memory_order_acquire);
		if (mp != NULL)
			reserve_push(&s->reserve, mp);
	}
}

/* Opens the slots if they are closed and nobody sleeps. */
static inline void slots_open(struct slots *s)
{
	if (!slots_are_closed(s) || s->reserve.sleepers > 0)
		return;
	for (uint32_t i = 0; i < s->cpus; i++)
		/* relaxed: an empty slot publishes nothing. */
		atomic_store_explicit(&s->at[i].mp, NULL, memory_order_relaxed);
}

/* NULL: at some instant there was no m, and the slots are closed since then. */
static inline struct m *slots_take_shared(struct slots *s)
{
	struct m *mp = reserve_pop(&s->reserve);
	if (mp != NULL || slots_are_closed(s))
		return mp;
	for (uint32_t i = 0; i < s->cpus && mp == NULL; i++)
		mp = slots_take(&s->at[i]);
	if (mp != NULL)
		return mp;
	slots_close(s);
	return reserve_pop(&s->reserve);
}

/* The rest of slots_get: without the lock again. */
static __attribute__((noinline)) struct m *slots_get_shared(struct slots *s, bool nilokay, bool *last)
{
	bool counted = false;
	struct m *mp;
	reserve_lock(&s->reserve);
	while ((mp = slots_take_shared(s)) == NULL && !nilokay)
		reserve_wait(&s->reserve, &s->base, &counted); /* the closed slots take the place of a fence */
	slots_open(s);
	*last = s->reserve.head == NULL; /* true even if slots hold ms */
	reserve_unlock(&s->reserve);
	return mp;
}

/* extram.h's get and put. */
EXTRAM_INLINE struct m *slots_get(struct slots *s, bool nilokay, bool *last)
{
	struct m *mp = slots_take(slots_mine(s));
	if (extram_unlikely(mp == NULL))
		return slots_get_shared(s, nilokay, last);
	/* seq_cst: after the exchange in slots_take; see slots_length. */
	*last = atomic_load_explicit(&s->reserve.open, memory_order_seq_cst) == 0;
	return mp;
}

EXTRAM_INLINE void slots_put(struct slots *s, struct m *mp)
{
	struct slot *slot = slots_mine(s);
	struct m *empty = NULL;
	/* A hint: before a get sleeps, it closes the slot. There is no look at the slot first: it
	 * would wait for the last get's exchange, and take 1.6 of 15.6 ns a pair. */
	bool here = reserve_is_open(&s->reserve);
	/* release: pairs with the acquires in slots_take and slots_close. relaxed on failure: the
	 * value is thrown away. */
	if (extram_unlikely(!here ||
			    !atomic_compare_exchange_strong_explicit(&slot->mp, &empty, mp, memory_order_release, memory_order_relaxed)))
		reserve_put(&s->reserve, mp);
}

/*
 * extram.h's length. Takes the lock, so a signal handler that interrupted a length, get or put must
 * not call it. Without the lock, this could read the reserve before a get that saw it closed, count
 * that get's m, and so keep newextram from making one.
 */
static inline uint32_t slots_length(struct slots *s)
{
	reserve_lock(&s->reserve);
	uint32_t n = reserve_length(&s->reserve);
	/* seq_cst: Dekker's pattern with slots_take and the load in slots_get. Here: the reserve is
	 * empty, fence, look at the slots. There: empty the slot, look at the reserve. Either the
	 * get sees the reserve closed, or this does not count its m. */
	atomic_thread_fence(memory_order_seq_cst);
	for (uint32_t i = 0; i < s->cpus; i++) {
		/* relaxed: a hint while the list is in use; the fence orders it. */
		struct m *mp = atomic_load_explicit(&s->at[i].mp, memory_order_relaxed);
		n += mp != NULL && mp != SLOTS_CLOSED;
	}
	reserve_unlock(&s->reserve);
	return n;
}

#endif
