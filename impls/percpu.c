/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cache of ms per CPU, used in restartable sequences, over a shared reserve.
 *
 * Family: caches and shards.
 * Source: per-CPU caches as in tcmalloc and librseq (rseq.h); the asymmetric fence is membarrier(2).
 *
 *   slab of a CPU   see rseq.h
 *   reserve         what all CPUs share: see reserve.h
 *   cpus            slabs there are; 0: no rseq in this process, then every m is in the reserve. A CPU with a higher number has no
 *                   slab: there, get and put use the reserve
 *
 * put goes to the CPU's slab, unless that is full or stopped, or the reserve is not open: then to the reserve. get takes from the CPU's
 * slab, then from the reserve, then half of another CPU's slab, so no m is out of reach; with none anywhere it sleeps. Who drains the
 * reserve fills it from a slab that holds two or more. In the steady state the reserve holds at least one m, and nobody writes a line that
 * another CPU uses: get and put read one shared word, however many CPUs there are.
 *
 * last is "this get left its slab empty, and the reserve is not open". It may be true while other slabs hold ms. It is not missed: say A
 * empties its slab while B takes the reserve's last m. B says true in any case. If A still read the reserve as open and says false, B's
 * newextram must not count A's m: length sees an empty reserve, and its membarrier stands between A's store and A's load, or before both,
 * or after both; so either A saw the reserve empty, or length sees A's empty slab.
 *
 * Stealing (rseq_stop) is done under the reserve's lock, by one thread at a time. For sleeping see reserve.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "reserve.h"
#include "rseq.h"

/* A membarrier of up to 20 us for so many gets of about 40 ns. */
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
	if (l->cpus != 0)
		memset(l->slabs, 0, bytes);
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

/* To be called while locked. Takes the upper half of a stopped slab, to the reserve but for one. Lets the slab go. */
static struct m *take_half(struct list *l, struct rseq_slab *slab)
{
	uint64_t word = atomic_load_explicit(&slab->word, memory_order_relaxed) & ~RSEQ_STOP; /* relaxed: ours */
	uint32_t have = rseq_count(word);
	uint32_t take = (have + 1) / 2;
	for (uint32_t i = have - take; i + 1 < have; i++)
		reserve_push(&l->reserve, slab->slot[i]);
	struct m *mp = have == 0 ? NULL : slab->slot[have - 1];
	/* release: pairs with a section's load of the word, on which its stores depend: our reads of the slots come before its pushes. */
	atomic_store_explicit(&slab->word, word - take, memory_order_release);
	return mp;
}

/* To be called while locked. NULL: no slab had that many ms when it was looked at. */
static struct m *steal(struct list *l, uint32_t at_least)
{
	for (uint32_t cpu = 0; cpu < l->cpus; cpu++) {
		struct m *mp = NULL;
		/* relaxed: a guess; rseq_stop makes sure. */
		while (mp == NULL && rseq_count(atomic_load_explicit(&l->slabs[cpu].word, memory_order_relaxed)) >= at_least)
			if (rseq_stop(l->slabs, cpu))
				mp = take_half(l, &l->slabs[cpu]);
		if (mp != NULL)
			return mp;
	}
	return NULL;
}

/*
 * To be called while locked. The reserve first; who drains it fills it from a slab with an m to spare, so that this stays rare. A slab's
 * only m is most likely about to be used there, but its CPU may also have left us: so once in many drains it is taken all the same.
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

/* To be called while locked. Makes every CPU see that the reserve is not open; see reserve.h. */
static void fence(struct list *l)
{
	if (l->cpus != 0)
		rseq_fence();
	l->reserve.fenced = true;
}

/* To be called while locked, with an empty reserve. Two equal scans: between them, every slab was empty at once. */
static bool was_empty(struct list *l)
{
	uint32_t before, after;
	fence(l);
	return rseq_scan(l->slabs, l->cpus, &before) == 0 && rseq_scan(l->slabs, l->cpus, &after) == 0 && before == after;
}

/* To be called while locked, when no m was found. The first look may have come too early: it was before the fence. */
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
	/* Read while locked. True also when this get drained the reserve while slabs hold ms. */
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
	/* Stands after the section's store for the compiler (its asm clobbers memory); length's membarrier does the rest. */
	*last = left == 0 && !reserve_is_open(&l->reserve);
	return mp;
}

/* mp: an m for the reserve; NULL: it lies in the slab of a CPU, perhaps still this one's. */
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
	/* If it is not 0, the caller only wants to hear that; if it is, membarrier pairs with the store and load in get. */
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
	return EXTRAM_CPUS_ALLOWED() <= cpus ? "rseq" : "rseq+mutex"; /* on a CPU without a slab: the reserve's lock */
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
