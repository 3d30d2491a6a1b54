/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cache of ms per CPU, used in restartable sequences, over a shared reserve.
 *
 * Family: caches and shards.
 * Copy with: cpu_numbers.h extram.h reserve.h rseq.h slots.h wait.h
 * Source: per-CPU caches as in tcmalloc and librseq (rseq.h); the asymmetric fence is
 * membarrier(2). Where there is no rseq: slots.h.
 *
 *   slab of a CPU   see rseq.h
 *   reserve         shared by all CPUs: see reserve.h
 *   cpus            number of slabs; 0: no rseq in this process, so slots take their place. On a
 *                   CPU with a higher number, get and put use the reserve
 *
 *   open  wanted    of the reserve: what a put does after it has pushed to its slab
 *      1  any       nothing
 *      0  0         ms are scarce. If the slab has two or more, moves one to the reserve
 *      0  1..       moves one to the reserve, because a get asks for any
 *
 * put pushes to the CPU's slab. If the slab is full or stopped, the m goes to the reserve. get
 * takes from the CPU's slab, otherwise from the reserve, otherwise half of a slab that has two or
 * more. A get that drains the reserve refills it from such a slab. In the steady state the reserve
 * has at least one m, and no thread writes a line that another CPU uses: get and put read one
 * shared word, however many CPUs there are.
 *
 * With fewer ms the reserve is empty, and some slabs have one m, most likely in use again soon. So
 * a get that finds no m goes on in stages. It waits a moment for an m in the reserve. Then it asks
 * for one, and waits again: the next put on another CPU brings it. So an m is handed over without a
 * system call, and a CPU keeps it for a moment. Then the get takes the only m of a slab, by
 * membarrier. Then it sleeps. While others sleep, no get waits for a moment.
 *
 * last is "this get left its slab empty, and the reserve is not open". So it may be true while
 * other slabs hold ms. An empty list is always reported. Say A empties its slab while B takes the
 * reserve's last m. B says true. If A read the reserve as open, A says false; then the length in
 * B's newextram must not count A's m. That length sees an empty reserve and runs a membarrier:
 * between A's store to the slab and A's load of open, or before both, or after both. So either A
 * saw the reserve empty, or length sees A's slab empty.
 *
 * One thread at a time steals (rseq_stop), under the reserve's lock. For sleeping see reserve.h.
 */
#include <stdlib.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "reserve.h"
#include "rseq.h"
#include "slots.h"
#include "wait.h"

/* A slab's only m may be idle, on a CPU that no longer runs any of our threads. So while ms are
 * scarce, one put in this many moves such an m to the reserve: one membarrier, of up to 20 us, in
 * 200 us. */
#define PUTS_TO_STEAL 65536

struct list {
	struct slots shared;     /* the reserve, and slots if cpus is 0 */
	struct rseq_slab *slabs; /* with the next: read only */
	uint32_t cpus;
};

/* What a get does next that has found no m. */
enum stage {
	HOPES,    /* for an m in the reserve */
	ASKS,     /* for any m, and waits a moment */
	SEARCHES, /* in all slabs, by membarrier. From here on it counts in wanted */
	SLEEPS,   /* and counts in waiters */
};

static bool init_slabs(struct list *l, const char **why)
{
	extram_init(&l->shared.base);
	l->slabs = aligned_alloc(_Alignof(struct rseq_slab), l->cpus * sizeof(struct rseq_slab));
	if (l->slabs == NULL || !reserve_init(&l->shared.reserve)) {
		*why = l->slabs == NULL ? "no memory for the slabs of the CPUs" : "pthread_mutex_init failed";
		free(l->slabs);
		return false;
	}
	for (uint32_t cpu = 0; cpu < l->cpus; cpu++)
		atomic_init(&l->slabs[cpu].word, EXTRAM_COUNT_FROM * RSEQ_PUSHED);
	return true;
}

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	l->slabs = NULL;
	l->cpus = rseq_usable() ? EXTRAM_CPUS() : 0;
	return l->cpus == 0 ? slots_init(&l->shared, why) : init_slabs(l, why);
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	if (l->cpus == 0) {
		slots_fini(&l->shared);
		return;
	}
	reserve_fini(&l->shared.reserve);
	free(l->slabs);
}

/* Caller holds the lock. Moves the upper half of a stopped slab to the reserve, and releases the
 * slab. */
static void take_half(struct list *l, struct rseq_slab *slab)
{
	uint64_t word = atomic_load_explicit(&slab->word, memory_order_relaxed) & ~RSEQ_STOP; /* relaxed: the slab is ours */
	uint32_t have = rseq_count(word);
	uint32_t take = (have + 1) / 2;
	for (uint32_t i = have - take; i < have; i++)
		reserve_push(&l->shared.reserve, slab->slot[i]);
	/* release: pairs with a section's load of the word, on which its stores depend. So our
	 * reads of the slots come before its pushes. */
	atomic_store_explicit(&slab->word, word - take, memory_order_release);
}

/* Caller holds the lock. If the reserve is empty, fills it from a slab with that many ms. Looks at
 * this CPU's slab last. */
static void fill_reserve(struct list *l, uint32_t at_least)
{
	uint32_t mine = (uint32_t)rseq_cpu();
	for (uint32_t i = 1; i <= l->cpus && l->shared.reserve.head == NULL; i++) {
		uint32_t cpu = (mine + i) % l->cpus;
		/* relaxed: a guess; rseq_stop checks it. */
		while (l->shared.reserve.head == NULL &&
		       rseq_count(atomic_load_explicit(&l->slabs[cpu].word, memory_order_relaxed)) >= at_least)
			if (rseq_stop(l->slabs, cpu))
				take_half(l, &l->slabs[cpu]);
	}
}

/* Caller holds the lock. Takes from the reserve, otherwise from a slab with that many ms. */
static struct m *take_shared(struct list *l, uint32_t at_least)
{
	fill_reserve(l, at_least);
	struct m *mp = reserve_pop(&l->shared.reserve);
	if (mp != NULL)
		fill_reserve(l, 2);
	return mp;
}

/* Caller holds the lock, and the reserve is empty. True: between two equal scans, every slab was
 * empty at once. */
static bool was_empty(struct list *l)
{
	uint32_t before, after;
	rseq_fence();
	return rseq_scan(l->slabs, l->cpus, &before) == 0 && rseq_scan(l->slabs, l->cpus, &after) == 0 && before == after;
}

/* Caller holds the lock and has found no m. Lets others have the lock, or runs the fence: the look
 * before it may have come too early. */
static void wait_shared(struct list *l, enum stage *stage)
{
	struct reserve *r = &l->shared.reserve;
	if (*stage == HOPES && r->sleepers == 0) {
		*stage = ASKS;
		reserve_await(r, EXTRAM_SPINS);
	} else if (*stage <= ASKS) {
		*stage = SEARCHES;
		reserve_ask(r);
		if (r->sleepers == 0)
			reserve_await(r, EXTRAM_SPINS + (EXTRAM_SPINS > 0)); /* yields once: the m's owner may have lost its CPU */
	} else if (!r->fenced) {
		rseq_fence();
		r->fenced = true;
	} else {
		if (*stage != SLEEPS)
			extram_count(&l->shared.base);
		*stage = SLEEPS;
		reserve_sleep(r);
	}
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	enum stage stage = HOPES;
	struct m *mp;
	if (!nilokay)
		reserve_give_way(&l->shared.reserve);
	reserve_lock(&l->shared.reserve);
	while ((mp = take_shared(l, nilokay || stage >= SEARCHES ? 1 : 2)) == NULL && !(nilokay && was_empty(l)))
		if (!nilokay)
			wait_shared(l, &stage);
	if (stage >= SEARCHES)
		reserve_unask(&l->shared.reserve);
	/* Read under the lock. True even if this get drained the reserve while slabs hold ms. */
	*last = l->shared.reserve.head == NULL;
	reserve_unlock(&l->shared.reserve);
	return mp;
}

/* The slab has no m, or there is no slab. */
static __attribute__((noinline)) struct m *get_elsewhere(struct list *l, bool nilokay, bool *last)
{
	if (extram_unlikely(l->cpus != 0))
		return get_shared(l, nilokay, last);
	return slots_get(&l->shared, nilokay, last);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	uint32_t left;
	struct m *mp = rseq_pop(l->slabs, l->cpus, &left);
	if (extram_unlikely(mp == NULL))
		return get_elsewhere(l, nilokay, last);
	/* The compiler keeps this after the section's store (the asm clobbers memory); length's
	 * membarrier does the rest. */
	*last = left == 0 && !reserve_is_open(&l->shared.reserve);
	return mp;
}

/* The slab is full or stopped, or there is no slab. */
static __attribute__((noinline)) void put_elsewhere(struct list *l, struct m *mp)
{
	if (extram_unlikely(l->cpus != 0))
		reserve_put(&l->shared.reserve, mp);
	else
		slots_put(&l->shared, mp);
}

/* The m is in a CPU's slab, perhaps still this CPU's, and the reserve was not open after that. */
static __attribute__((noinline)) void put_scarce(struct list *l)
{
	uint32_t left, cpu = (uint32_t)rseq_cpu();
	/* relaxed: a hint. The thread may have left that CPU. */
	uint64_t word = cpu < l->cpus ? atomic_load_explicit(&l->slabs[cpu].word, memory_order_relaxed) : 0;
	bool brings = reserve_is_wanted(&l->shared.reserve) || rseq_count(word) > 1;
	if (extram_likely(!brings && word / RSEQ_PUSHED % PUTS_TO_STEAL != 0))
		return;
	reserve_lock(&l->shared.reserve);
	struct m *mp = brings ? rseq_pop(l->slabs, l->cpus, &left) : NULL;
	if (mp != NULL)
		reserve_push(&l->shared.reserve, mp);
	else
		fill_reserve(l, 1);
	reserve_unlock_and_wake(&l->shared.reserve);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	if (extram_unlikely(!rseq_push(l->slabs, l->cpus, mp)))
		put_elsewhere(l, mp);
	else if (extram_unlikely(!reserve_is_open(&l->shared.reserve))) /* after the push: see reserve.h */
		put_scarce(l);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	uint32_t pushes;
	if (l->cpus == 0)
		return slots_length(&l->shared);
	/* If n is not 0, the caller only needs to know that. If it is 0, membarrier pairs with the
	 * store and load in get. */
	uint32_t n = reserve_length(&l->shared.reserve);
	if (n == 0)
		rseq_fence();
	return n + rseq_scan(l->slabs, l->cpus, &pushes);
}

static const char *variant(struct extram_list *list)
{
	uint32_t cpus = ((struct list *)list)->cpus;
	if (cpus == 0)
		return "no-rseq";
	return EXTRAM_CPUS_ALLOWED() <= cpus ? "rseq" : "rseq+mutex"; /* a CPU without a slab uses the reserve's lock */
}

const struct extram_strategy extram_percpu = {
    .name = "percpu",
    .summary = "a cache per CPU in restartable sequences, over a shared reserve; steals by membarrier, sleeps on a futex",
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
