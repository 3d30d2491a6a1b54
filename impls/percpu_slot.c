/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot for one m per CPU, over a shared reserve. Atomic exchanges fill and empty the slots. Any
 * thread may empty any slot.
 *
 * Family: caches and shards.
 * Copy with: cpu_numbers.h extram.h reserve.h rseq.h wait.h
 * Source: the per-CPU magazines of Bonwick and Adams (USENIX 2001), of one round. The CPU number is
 * a hint, read from rseq's area without a restartable sequence, otherwise from sched_getcpu. So
 * this needs no membarrier and no restart, and pays two locked instructions a pair.
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
 * newextram does not count A's m: see length.
 */
#include <sched.h>
#include <stdlib.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "reserve.h"
#include "rseq.h"
#include "wait.h"

#define CLOSED ((struct m *)1)

struct slot {
	_Alignas(EXTRAM_APART) struct m *_Atomic mp;
};

struct list {
	struct extram_list base; /* with the next two: read-mostly */
	struct slot *slots;
	uint32_t cpus;
	struct reserve reserve;
	bool closed; /* the slots are closed; under the reserve's lock */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	l->closed = false;
	l->cpus = EXTRAM_CPUS();
	l->slots = aligned_alloc(_Alignof(struct slot), l->cpus * sizeof(struct slot));
	if (l->slots == NULL || !reserve_init(&l->reserve)) {
		*why = l->slots == NULL ? "no memory for the slots of the CPUs" : "pthread_mutex_init failed";
		free(l->slots);
		return false;
	}
	for (uint32_t i = 0; i < l->cpus; i++)
		atomic_init(&l->slots[i].mp, NULL);
	return true;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	reserve_fini(&l->reserve);
	free(l->slots);
}

/* Any slot is correct: the CPU number may be old, unknown, or beyond the slots. */
static struct slot *my_slot(struct list *l)
{
	uint32_t cpu = (uint32_t)rseq_cpu();
	if (extram_unlikely(cpu >= l->cpus)) /* negative: not registered */
		cpu = (uint32_t)sched_getcpu();
	return &l->slots[extram_likely(cpu < l->cpus) ? cpu : 0];
}

/* NULL: the slot has no m, or another thread was faster. */
static struct m *take(struct slot *s)
{
	/* relaxed: a guess; the exchange checks it. An unconditional exchange would open a closed
	 * slot. */
	struct m *mp = atomic_load_explicit(&s->mp, memory_order_relaxed);
	if (mp == NULL || mp == CLOSED)
		return NULL;
	/* seq_cst: comes before get's load of open; see length. Acquires from put's release.
	 * relaxed on failure: the value is thrown away. */
	bool done = atomic_compare_exchange_strong_explicit(&s->mp, &mp, NULL, memory_order_seq_cst, memory_order_relaxed);
	return done ? mp : NULL;
}

/* Caller holds the lock, and the slots are open. */
static void close_slots(struct list *l)
{
	l->closed = true;
	for (uint32_t i = 0; i < l->cpus; i++) {
		/* acquire: pairs with the release in put, for the m's contents. */
		struct m *mp = atomic_exchange_explicit(&l->slots[i].mp, CLOSED, memory_order_acquire);
		if (mp != NULL)
			reserve_push(&l->reserve, mp);
	}
}

/* Caller holds the lock. */
static void open_slots(struct list *l)
{
	if (!l->closed || l->reserve.sleepers > 0)
		return;
	l->closed = false;
	for (uint32_t i = 0; i < l->cpus; i++)
		/* relaxed: an empty slot publishes nothing. */
		atomic_store_explicit(&l->slots[i].mp, NULL, memory_order_relaxed);
}

/* Caller holds the lock. NULL: at some instant there was no m, and the slots are closed since
 * then. */
static struct m *take_shared(struct list *l)
{
	struct m *mp = reserve_pop(&l->reserve);
	if (mp != NULL || l->closed)
		return mp;
	for (uint32_t i = 0; i < l->cpus && mp == NULL; i++)
		mp = take(&l->slots[i]);
	if (mp != NULL)
		return mp;
	close_slots(l);
	return reserve_pop(&l->reserve);
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	bool counted = false;
	struct m *mp;
	reserve_lock(&l->reserve);
	while ((mp = take_shared(l)) == NULL && !nilokay)
		reserve_wait(&l->reserve, &l->base, &counted); /* the closed slots take the place of a fence */
	open_slots(l);
	*last = l->reserve.head == NULL; /* true even if slots hold ms */
	reserve_unlock(&l->reserve);
	return mp;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct m *mp = take(my_slot(l));
	if (extram_unlikely(mp == NULL))
		return get_shared(l, nilokay, last);
	/* seq_cst: after the exchange in take; see length. */
	*last = atomic_load_explicit(&l->reserve.open, memory_order_seq_cst) == 0;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct slot *s = my_slot(l);
	struct m *empty = NULL;
	/* relaxed, both: hints. Before a get sleeps, it closes the slot. */
	bool here = reserve_is_open(&l->reserve) && atomic_load_explicit(&s->mp, memory_order_relaxed) == NULL;
	/* release: pairs with the acquires in take and close_slots. relaxed on failure: the
	 * value is thrown away. */
	if (extram_unlikely(!here ||
			    !atomic_compare_exchange_strong_explicit(&s->mp, &empty, mp, memory_order_release, memory_order_relaxed)))
		reserve_put(&l->reserve, mp);
}

/*
 * Takes the lock, so a signal handler that interrupted a length, get or put must not call it.
 * Without the lock, this could read the reserve before a get that saw it closed, count that get's
 * m, and so keep newextram from making one.
 */
static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	reserve_lock(&l->reserve);
	uint32_t n = reserve_length(&l->reserve);
	/* seq_cst: Dekker's pattern with take and the load in get. Here: the reserve is empty,
	 * fence, look at the slots. There: empty the slot, look at the reserve. Either the get sees
	 * the reserve closed, or this does not count its m. */
	atomic_thread_fence(memory_order_seq_cst);
	for (uint32_t i = 0; i < l->cpus; i++) {
		/* relaxed: a hint while the list is in use; the fence orders it. */
		struct m *mp = atomic_load_explicit(&l->slots[i].mp, memory_order_relaxed);
		n += mp != NULL && mp != CLOSED;
	}
	reserve_unlock(&l->reserve);
	return n;
}

static const char *variant(struct extram_list *list)
{
	bool shared = EXTRAM_CPUS_ALLOWED() > ((struct list *)list)->cpus;
	if (rseq_cpu() >= 0)
		return shared ? "rseq+shared" : "rseq";
	if (sched_getcpu() < 0)
		return "no-cpu"; /* every CPU uses slot 0 */
	return shared ? "getcpu+shared" : "getcpu";
}

const struct extram_strategy extram_percpu_slot = {
    .name = "percpu_slot",
    .summary = "a slot for one m per CPU, by atomic exchange, over a shared reserve; steals without membarrier",
    .properties = 0,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = variant,
    .best_variant = "rseq",
    .waiting = "futex",
};
