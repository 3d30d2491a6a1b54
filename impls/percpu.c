/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cache of ms per CPU, used in restartable sequences, over a shared reserve.
 *
 * Source: per-CPU caches as in tcmalloc and librseq (rseq.h); the asymmetric fence is membarrier(2).
 *
 *   slab of a CPU   see rseq.h
 *   reserve         a linked stack under a mutex; reserve_length is written under it
 *   cpus            slabs there are; 0: no rseq in this process, then every m is in the reserve
 *
 * put goes to the CPU's slab, unless the reserve is empty or the slab full or stopped: then to the reserve. get takes from the CPU's
 * slab, then from the reserve, then half of another CPU's slab, so no m is out of reach. Who drains the reserve fills it from a slab
 * that holds two or more. In the steady state the reserve holds at least one m, and nobody writes a line that another CPU uses.
 *
 * last is "this get left its slab empty, and the reserve is empty". It may be true while other slabs hold ms. It is not missed: say A
 * empties its slab while B takes the reserve's last m. B says true in any case. If A still read the old reserve_length and says
 * false, B's newextram must not count A's m: length sees an empty reserve, and its membarrier stands between A's store and A's load,
 * or before both, or after both; so either A saw the empty reserve, or length sees A's empty slab.
 *
 * Stealing (rseq_stop) is done under the mutex, by one thread at a time.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "extram.h"
#include "rseq.h"

/* A membarrier of up to 20 us for so many gets of about 40 ns. */
#define DRAINS_TO_STEAL 1024

struct list {
	struct extram_list base; /* with the next three: read-mostly */
	struct rseq_slab *slabs;
	uint32_t cpus;
	_Alignas(EXTRAM_APART) _Atomic uint32_t reserve_length; /* apart from the lock: every get may read it */
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	struct m *reserve;
	uint32_t drains; /* gets that left the reserve empty */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->reserve_length, 0);
	l->reserve = NULL;
	l->drains = 0;
	l->slabs = NULL;
	/* Numbers of CPUs that are absent now, or come later, are below the configured count, or miss. */
	l->cpus = rseq_usable() ? (uint32_t)sysconf(_SC_NPROCESSORS_CONF) : 0;
	if (pthread_mutex_init(&l->lock, NULL) != 0) {
		*why = "pthread_mutex_init failed";
		return false;
	}
	size_t bytes = l->cpus * sizeof(struct rseq_slab);
	if (l->cpus == 0 || (l->slabs = aligned_alloc(_Alignof(struct rseq_slab), bytes)) != NULL) {
		if (l->cpus != 0)
			memset(l->slabs, 0, bytes);
		return true;
	}
	pthread_mutex_destroy(&l->lock);
	*why = "no memory for the slabs of the CPUs";
	return false;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	free(l->slabs);
	pthread_mutex_destroy(&l->lock);
}

/* To be called while locked. */
static void reserve_push(struct list *l, struct m *mp)
{
	/* relaxed: the mutex orders the links. */
	atomic_store_explicit(&mp->schedlink, l->reserve, memory_order_relaxed);
	l->reserve = mp;
	/* relaxed, both: written only under the mutex; for its readers see get and length. */
	uint32_t n = atomic_load_explicit(&l->reserve_length, memory_order_relaxed);
	atomic_store_explicit(&l->reserve_length, n + 1, memory_order_relaxed);
}

/* To be called while locked. */
static struct m *reserve_pop(struct list *l)
{
	struct m *mp = l->reserve;
	if (mp == NULL)
		return NULL;
	/* relaxed, all: as in reserve_push. */
	l->reserve = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
	uint32_t n = atomic_load_explicit(&l->reserve_length, memory_order_relaxed);
	atomic_store_explicit(&l->reserve_length, n - 1, memory_order_relaxed);
	return mp;
}

/* To be called while locked. Takes the upper half of a stopped slab, to the reserve but for one. Lets the slab go. */
static struct m *take_half(struct list *l, struct rseq_slab *slab)
{
	uint64_t word = atomic_load_explicit(&slab->word, memory_order_relaxed) & ~RSEQ_STOP; /* relaxed: ours */
	uint32_t have = rseq_count(word);
	uint32_t take = (have + 1) / 2;
	for (uint32_t i = have - take; i + 1 < have; i++)
		reserve_push(l, slab->slot[i]);
	struct m *mp = have == 0 ? NULL : slab->slot[have - 1];
	/* release: our reads of the slots come before the pushes of sections that see the slab free again. */
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
	struct m *mp = reserve_pop(l);
	if (mp == NULL)
		return steal(l, 1);
	if (l->reserve == NULL) {
		struct m *spare = steal(l, ++l->drains % DRAINS_TO_STEAL == 0 ? 1 : 2);
		if (spare != NULL)
			reserve_push(l, spare);
	}
	return mp;
}

/* To be called while locked, with an empty reserve. Two equal scans: between them, every slab was empty at once. */
static bool was_empty(struct list *l)
{
	if (l->cpus == 0)
		return true;
	uint32_t before, after;
	rseq_fence();
	return rseq_scan(l->slabs, l->cpus, &before) == 0 && rseq_scan(l->slabs, l->cpus, &after) == 0 && before == after;
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	struct extram_waiter waiter = {0};
	for (;;) {
		pthread_mutex_lock(&l->lock);
		struct m *mp = take_shared(l);
		bool empty = mp == NULL && nilokay && was_empty(l);
		/* Read under the lock. True also when this get drained the reserve while slabs hold ms. */
		*last = l->reserve == NULL;
		pthread_mutex_unlock(&l->lock);
		if (mp != NULL || empty) {
			extram_waited(&l->base, &waiter);
			return mp;
		}
		if (!nilokay)
			extram_wait(&l->base, &waiter);
	}
}

static struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	uint32_t left;
	struct m *mp = rseq_pop(l->slabs, l->cpus, &left);
	if (extram_unlikely(mp == NULL))
		return get_shared(l, nilokay, last);
	/* relaxed: stands after the section's store for the compiler (its asm clobbers memory); length's membarrier does the rest. */
	*last = left == 0 && atomic_load_explicit(&l->reserve_length, memory_order_relaxed) == 0;
	return mp;
}

static __attribute__((noinline)) void put_shared(struct list *l, struct m *mp)
{
	pthread_mutex_lock(&l->lock);
	reserve_push(l, mp);
	pthread_mutex_unlock(&l->lock);
}

static void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	/* relaxed: a policy, not a promise; a reserve that empties meanwhile is filled by the next put. */
	if (atomic_load_explicit(&l->reserve_length, memory_order_relaxed) == 0 || !rseq_push(l->slabs, l->cpus, mp))
		put_shared(l, mp);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	uint32_t pushes;
	/* relaxed: if it is not 0, the caller only wants to hear that; if it is, membarrier pairs with the store and load in get. */
	uint32_t n = atomic_load_explicit(&l->reserve_length, memory_order_relaxed);
	if (n == 0 && l->cpus != 0)
		rseq_fence();
	return n + rseq_scan(l->slabs, l->cpus, &pushes);
}

static const char *variant(struct extram_list *list)
{
	return ((struct list *)list)->cpus == 0 ? "no-rseq" : "rseq";
}

const struct extram_strategy extram_percpu = {
    .name = "percpu",
    .summary = "a cache per CPU in restartable sequences, over a shared reserve; steals by membarrier",
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
    .waiting = EXTRAM_WAITING,
};
