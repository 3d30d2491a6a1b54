/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a lock. A thread that finds the lock taken leaves its request in a record,
 * and the lock holder serves that request too.
 *
 * Family: locks.
 * Copy with: extram.h locked.h wait.h
 * Source: D. Hendler, I. Incze, N. Shavit, M. Tzafrir, Flat Combining and the
 * Synchronization-Parallelism Tradeoff, SPAA 2010. Taken from it: records, one combiner, and no
 * looks at records that fell out of use. Different here: a thread that finds the lock free uses no
 * record; and a record belongs to a request, not to a thread, because threads end without notice.
 *
 *   word of a record           meaning
 *   0                          free
 *   GET                        a get wants an m
 *   address of an m            a put gives this m
 *   DONE | address | LAST?     the answer to a get: its m, or 0 if there was none; LAST: the list
 *                              is empty afterwards
 *   DONE                       the answer to a put
 *
 *   lock     0: free, 1: a thread combines
 *   active   records that a combiner looks at, from the first one. A hint: a thread whose record is
 *            not seen gets the lock in the end, and serves itself
 *
 * Only the lock holder turns a request into an answer. Only the thread that made the request frees
 * the record.
 */
#include "locked.h"

#define DONE ((uintptr_t)1)
#define LAST ((uintptr_t)2)
#define GET ((uintptr_t)4)
#define ADDRESS (~(uintptr_t)(EXTRAM_ALIGN - 1))

#ifndef COMBINING_RECORDS
#define COMBINING_RECORDS 64 /* further threads wait for a free record or the lock */
#endif
#define AGE 256 /* after this many rounds of combining, active falls to the records used in them */

struct record {
	_Alignas(EXTRAM_APART) _Atomic uintptr_t word;
};

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) _Atomic uint32_t lock;
	_Atomic uint32_t active;
	_Alignas(EXTRAM_APART) struct locked stack; /* apart from the words that waiting threads read */
	uint32_t rounds, used;                      /* under the lock: rounds since active was last set, and records used in them */
	struct record records[COMBINING_RECORDS];
};

/* The record that this thread used last, on any list. The search for a free one begins there. */
static _Thread_local uint32_t mine;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->lock, 0);
	atomic_init(&l->active, 0);
	locked_init(&l->stack);
	l->rounds = l->used = 0;
	for (int i = 0; i < COMBINING_RECORDS; i++)
		atomic_init(&l->records[i].word, 0);
	return true;
}

static bool try_lock(struct list *l)
{
	uint32_t free = 0;
	/* relaxed: a guess; the exchange checks it. acquire: pairs with the release in unlock.
	 * relaxed on failure: without the lock, no data is read. */
	return atomic_load_explicit(&l->lock, memory_order_relaxed) == 0 &&
	       atomic_compare_exchange_strong_explicit(&l->lock, &free, 1, memory_order_acquire, memory_order_relaxed);
}

static void unlock(struct list *l)
{
	/* release: pairs with the acquire in try_lock. */
	atomic_store_explicit(&l->lock, 0, memory_order_release);
}

/* Caller holds the lock. */
static uintptr_t serve(struct list *l, uintptr_t request)
{
	if (request != GET) {
		locked_push(&l->stack, (struct m *)request);
		return DONE;
	}
	bool last;
	struct m *mp = locked_pop(&l->stack, &last);
	return (uintptr_t)mp | DONE | (last ? LAST : 0);
}

/* Caller holds the lock. Called once in AGE rounds. */
static void age(struct list *l)
{
	/* relaxed: a hint. */
	atomic_store_explicit(&l->active, l->used, memory_order_relaxed);
	l->rounds = l->used = 0;
}

/* Caller holds the lock. Serves every request that it sees. */
static void combine(struct list *l)
{
	/* relaxed: a hint. */
	uint32_t active = atomic_load_explicit(&l->active, memory_order_relaxed);
	if (extram_likely(active == 0))
		return;
	for (uint32_t i = 0; i < active; i++) {
		_Atomic uintptr_t *word = &l->records[i].word;
		/* acquire: pairs with the release in publish, for the m of a put. */
		uintptr_t request = atomic_load_explicit(word, memory_order_acquire);
		if (request == 0)
			continue;
		l->used = i + 1 > l->used ? i + 1 : l->used;
		if (!(request & DONE))
			/* release: pairs with the acquire in take_answer, for the m of a get. */
			atomic_store_explicit(word, serve(l, request), memory_order_release);
	}
	if (++l->rounds == AGE)
		age(l);
}

/* Returns the record's number, or COMBINING_RECORDS if all are in use. */
static uint32_t publish(struct list *l, uintptr_t request)
{
	for (uint32_t i = 0; i < COMBINING_RECORDS; i++) {
		uint32_t at = (mine + i) % COMBINING_RECORDS;
		_Atomic uintptr_t *word = &l->records[at].word;
		uintptr_t free = 0;
		/* relaxed: a guess; the exchange checks it. release: pairs with the acquire in
		 * combine. relaxed on failure: the value is thrown away. */
		if (atomic_load_explicit(word, memory_order_relaxed) != 0 ||
		    !atomic_compare_exchange_strong_explicit(word, &free, request, memory_order_release, memory_order_relaxed))
			continue;
		mine = at;
		/* relaxed, both: a hint. Two threads that raise it at once may leave the lower
		 * value. */
		if (atomic_load_explicit(&l->active, memory_order_relaxed) <= at)
			atomic_store_explicit(&l->active, at + 1, memory_order_relaxed);
		return at;
	}
	return COMBINING_RECORDS;
}

/* For the thread that made the request. */
static void free_record(struct list *l, uint32_t at)
{
	/* relaxed: the next user of the record reads nothing of ours. */
	atomic_store_explicit(&l->records[at].word, 0, memory_order_relaxed);
}

/* 0: there is no answer yet. */
static uintptr_t take_answer(struct list *l, uint32_t at)
{
	/* acquire: pairs with the release in combine. */
	uintptr_t answer = atomic_load_explicit(&l->records[at].word, memory_order_acquire);
	if (!(answer & DONE))
		return 0;
	free_record(l, at);
	return answer;
}

/* Caller holds the lock. A previous lock holder may have answered already. */
static uintptr_t serve_self(struct list *l, uint32_t at, uintptr_t request)
{
	if (at == COMBINING_RECORDS)
		return serve(l, request);
	uintptr_t answer = take_answer(l, at);
	if (answer != 0)
		return answer;
	free_record(l, at);
	return serve(l, request);
}

/* For a thread that found the list locked. */
static __attribute__((noinline)) uintptr_t ask(struct list *l, uintptr_t request)
{
	uint32_t at = COMBINING_RECORDS;
	uintptr_t answer;
	for (uint32_t rounds = 0; !try_lock(l); extram_spin(&rounds)) {
		if (at == COMBINING_RECORDS)
			at = publish(l, request);
		else if ((answer = take_answer(l, at)) != 0)
			return answer;
	}
	answer = serve_self(l, at, request);
	combine(l);
	unlock(l);
	return answer;
}

static uintptr_t operate(struct list *l, uintptr_t request)
{
	if (extram_unlikely(!try_lock(l)))
		return ask(l, request);
	uintptr_t answer = serve(l, request);
	combine(l);
	unlock(l);
	return answer;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	uintptr_t answer;
	while (extram_unlikely(((answer = operate(l, GET)) & ADDRESS) == 0) && !nilokay)
		locked_wait(&l->base, &l->stack, &waiter);
	extram_waited(&l->base, &waiter);
	*last = (answer & LAST) != 0;
	return (struct m *)(answer & ADDRESS);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	operate(l, (uintptr_t)mp);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	return locked_length(&((struct list *)list)->stack);
}

const struct extram_strategy extram_flat_combining = {
    .name = "flat_combining",
    .summary = "a lock around a linked stack; whoever holds it serves the others' requests, too",
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
    .waiting = EXTRAM_WAITING,
};
