/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cache of ms per CPU, used in restartable sequences, over a shared reserve.
 *
 * Family: caches and shards.
 * Copy with: cpu_numbers.h extram.h reserve.h rseq.h wait.h
 * Source: per-CPU caches as in tcmalloc and librseq (rseq.h); the asymmetric fence is
 * membarrier(2).
 *
 *   slab of a CPU   see rseq.h
 *   reserve         shared by all CPUs: see reserve.h
 *   cpus            number of slabs; 0: no rseq in this process, so every m is in the reserve. On a
 *                   CPU with a higher number, get and put use the reserve
 *
 * put pushes to the CPU's slab. If the slab is full or stopped, or the reserve is not open, an m
 * goes to the reserve. get takes from the CPU's slab, otherwise from the reserve, otherwise half of
 * another CPU's slab, so every m can be reached. If there is no m, it sleeps. A get that drains the
 * reserve refills it from a slab that holds two or more. In the steady state the reserve holds at
 * least one m, and no thread writes a line that another CPU uses: get and put read one shared word,
 * however many CPUs there are.
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
#include "wait.h"

/* One membarrier, of up to 20 us, for this many gets of about 40 ns. */
#define DRAINS_TO_STEAL 1024

struct list {
	struct extram_list base; /* with the next two: read-mostly */
	struct rseq_slab *slabs;
	uint32_t cpus;
	struct reserve reserve;
	uint32_t drains; /* gets that left the reserve empty; under its lock */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	l->drains = 0;
	l->slabs = NULL;
	l->cpus = rseq_usable() ? EXTRAM_CPUS() : 0;
	size_t bytes = l->cpus * sizeof(struct rseq_slab);
	if (l->cpus != 0 && (l->slabs = aligned_alloc(_Alignof(struct rseq_slab), bytes)) == NULL) {
		*why = "no memory for the slabs of the CPUs";
		return false;
	}
	for (uint32_t cpu = 0; cpu < l->cpus; cpu++)
		atomic_init(&l->slabs[cpu].word, EXTRAM_COUNT_FROM * RSEQ_PUSHED);
	if (reserve_init(&l->reserve))
		return true;
	free(l->slabs);
	*why = "pthread_mutex_init failed";
	return false;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	reserve_fini(&l->reserve);
	free(l->slabs);
}

/* Caller holds the lock. Takes the upper half of a stopped slab: returns one m and moves the others
 * to the reserve. Then releases the slab. */
static struct m *take_half(struct list *l, struct rseq_slab *slab)
{
	uint64_t word = atomic_load_explicit(&slab->word, memory_order_relaxed) & ~RSEQ_STOP; /* relaxed: the slab is ours */
	uint32_t have = rseq_count(word);
	uint32_t take = (have + 1) / 2;
	for (uint32_t i = have - take; i + 1 < have; i++)
		reserve_push(&l->reserve, slab->slot[i]);
	struct m *mp = have == 0 ? NULL : slab->slot[have - 1];
	/* release: pairs with a section's load of the word, on which its stores depend. So our
	 * reads of the slots come before its pushes. */
	atomic_store_explicit(&slab->word, word - take, memory_order_release);
	return mp;
}

/* Caller holds the lock. NULL: no slab had that many ms when this looked at it. */
static struct m *steal(struct list *l, uint32_t at_least)
{
	for (uint32_t cpu = 0; cpu < l->cpus; cpu++) {
		struct m *mp = NULL;
		/* relaxed: a guess; rseq_stop checks it. */
		while (mp == NULL && rseq_count(atomic_load_explicit(&l->slabs[cpu].word, memory_order_relaxed)) >= at_least)
			if (rseq_stop(l->slabs, cpu))
				mp = take_half(l, &l->slabs[cpu]);
		if (mp != NULL)
			return mp;
	}
	return NULL;
}

/*
 * Caller holds the lock. Takes from the reserve first. If that drains the reserve, refills it from
 * a slab with an m to spare, so that this stays rare. A slab's only m will most likely be used
 * there soon, but perhaps its CPU no longer runs any of our threads. So one drain in
 * DRAINS_TO_STEAL takes such an m too.
 */
static struct m *take_shared(struct list *l)
{
	struct m *mp = reserve_pop(&l->reserve);
	if (mp == NULL)
		return steal(l, 1);
	if (l->reserve.head == NULL) {
		struct m *spare = steal(l, ++l->drains % DRAINS_TO_STEAL == 0 ? 1 : 2);
		if (spare != NULL)
			reserve_push(&l->reserve, spare);
	}
	return mp;
}

/* Caller holds the lock. Makes every CPU see that the reserve is not open; see reserve.h. */
static void fence(struct list *l)
{
	if (l->cpus != 0)
		rseq_fence();
	l->reserve.fenced = true;
}

/* Caller holds the lock, and the reserve is empty. True: between two equal scans, every slab was
 * empty at once. */
static bool was_empty(struct list *l)
{
	uint32_t before, after;
	fence(l);
	return rseq_scan(l->slabs, l->cpus, &before) == 0 && rseq_scan(l->slabs, l->cpus, &after) == 0 && before == after;
}

/* Caller holds the lock and has found no m. The first call only runs the fence, because the look
 * before the fence may have come too early. */
static void wait_shared(struct list *l, bool *counted)
{
	if (!l->reserve.fenced) {
		fence(l);
		return;
	}
	if (!*counted)
		extram_count(&l->base);
	*counted = true;
	reserve_sleep(&l->reserve);
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	bool counted = false;
	struct m *mp;
	reserve_lock(&l->reserve);
	while ((mp = take_shared(l)) == NULL && !(nilokay && was_empty(l)))
		if (!nilokay)
			wait_shared(l, &counted);
	/* Read under the lock. True even if this get drained the reserve while slabs hold ms. */
	*last = l->reserve.head == NULL;
	reserve_unlock(&l->reserve);
	return mp;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	uint32_t left;
	struct m *mp = rseq_pop(l->slabs, l->cpus, &left);
	if (extram_unlikely(mp == NULL))
		return get_shared(l, nilokay, last);
	/* The compiler keeps this after the section's store (the asm clobbers memory); length's
	 * membarrier does the rest. */
	*last = left == 0 && !reserve_is_open(&l->reserve);
	return mp;
}

/* mp: an m for the reserve. NULL: the m is in a CPU's slab, perhaps still this CPU's. */
static __attribute__((noinline)) void put_shared(struct list *l, struct m *mp)
{
	uint32_t left;
	reserve_lock(&l->reserve);
	if (mp == NULL)
		mp = rseq_pop(l->slabs, l->cpus, &left);
	if (mp != NULL)
		reserve_push(&l->reserve, mp);
	reserve_unlock_and_wake(&l->reserve);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	if (extram_unlikely(!rseq_push(l->slabs, l->cpus, mp)))
		put_shared(l, mp);
	else if (extram_unlikely(!reserve_is_open(&l->reserve))) /* after the push: see reserve.h */
		put_shared(l, NULL);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	uint32_t pushes;
	/* If n is not 0, the caller only needs to know that. If it is 0, membarrier pairs with the
	 * store and load in get. */
	uint32_t n = reserve_length(&l->reserve);
	if (n == 0 && l->cpus != 0)
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
