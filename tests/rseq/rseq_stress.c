/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rseq_stress [SECONDS [LEAST]]: threads pop and push on the slabs of rseq.h itself, while signals,
 * changes of CPU and takers interrupt them, inside the section if possible. No entry may have two
 * holders or get lost. RSEQ_H is the header under test: rseq.h, or the output of inject.py, whose
 * delays move over the section's instructions.
 *
 * Runs for SECONDS (3), then until there were LEAST (10000) pops, a tenth as many signals and a
 * hundredth as many changes of CPU, but at most for ten times SECONDS. Exit status: 0: correct; 77:
 * no rseq; 99: too few, or no section was aborted, so nothing is proved; any other: broken.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "cpu_numbers.h"
#include "storm.h"
#ifdef RSEQ_DELAYED
#include "delay.h"
#endif
#include RSEQ_H

#define ENTRIES 64
#define ROUND_MS 250

struct entry {
	_Atomic unsigned holder; /* id of the holder, 0 in a slab; shows two holders */
	unsigned owner;          /* the same in a plain word, which the slabs must carry over */
	bool seen;
};

static struct entry entries[ENTRIES];
static unsigned used; /* of entries */
static struct rseq_slab *slabs;
static uint32_t cpus;
static _Atomic bool stop;
static _Atomic uint64_t steals;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for takers, because only one may run at a time, and for left */
static struct entry *left[ENTRIES];                      /* entries that threads had when they ended */
static unsigned nleft;

struct hands {
	struct worker *w;
	struct entry *e[ENTRIES];
	unsigned n;
};

static struct entry *take(void *p, unsigned who)
{
	struct entry *e = p;
	size_t at = (size_t)((char *)p - (char *)entries);
	check(at % sizeof(*e) == 0 && at / sizeof(*e) < used, "%p is no entry", p);
	/* relaxed: the exchange alone shows whether two threads have it. */
	unsigned other = atomic_exchange_explicit(&e->holder, who, memory_order_relaxed);
	check(other == 0, "entry %zu belongs to %u and to %u", at / sizeof(*e), other, who);
	check(e->owner == 0, "entry %zu: %u does not see that %u gave it back", at / sizeof(*e), who, e->owner);
	e->owner = who;
	return e;
}

static struct entry *pop(unsigned who)
{
	uint32_t rest;
	void *p = rseq_pop(slabs, cpus, &rest);
	return p == NULL ? NULL : take(p, who);
}

/* False: the caller still has it. */
static bool push(struct entry *e, unsigned who)
{
	e->owner = 0;
	/* relaxed: the slabs must order it. */
	atomic_store_explicit(&e->holder, 0, memory_order_relaxed);
	if (rseq_push(slabs, cpus, e))
		return true;
	take(e, who);
	return false;
}

/* For one pop or push in the middle of whatever the thread does, which may be another one. */
static _Thread_local struct entry *kept;

static void on_signal(unsigned who)
{
	if (kept == NULL)
		kept = pop(who);
	else if (push(kept, who))
		kept = NULL;
}

/* Broken sections may hand out more entries than there are. */
static void keep(struct hands *h, struct entry *e)
{
	check(h->n < used, "%u holds all %u entries, and gets another", h->w->id, used);
	h->e[h->n++] = e;
}

static void leave(struct entry *e)
{
	check(nleft < used, "more than %u entries are left", used);
	left[nleft++] = e;
}

static void take_half(struct hands *h, struct rseq_slab *slab)
{
	uint64_t word = atomic_load_explicit(&slab->word, memory_order_relaxed) & ~RSEQ_STOP; /* relaxed: the slab is ours */
	uint32_t have = rseq_count(word);
	uint32_t half = (have + 1) / 2;
	for (uint32_t i = have - half; i < have; i++)
		keep(h, take(slab->slot[i], h->w->id));
	if (worker_random(h->w) % 4 == 0)
		sched_yield(); /* another thread is there meanwhile, and misses */
	/* release: our reads of the slots come before pushes of sections that see the slab free. */
	atomic_store_explicit(&slab->word, word - half, memory_order_release);
	atomic_fetch_add_explicit(&steals, half > 0, memory_order_relaxed); /* relaxed: a number to print */
}

static void steal(struct hands *h)
{
	uint32_t cpu = (uint32_t)crew_cpu(worker_random(h->w) % crew_cpus());
	if (pthread_mutex_trylock(&lock) != 0)
		return;
	if (rseq_stop(slabs, cpu))
		take_half(h, &slabs[cpu]);
	pthread_mutex_unlock(&lock);
}

static void give(struct hands *h)
{
	if (h->n == 0)
		return;
	unsigned i = worker_random(h->w) % h->n;
	struct entry *e = h->e[i];
	if (push(e, h->w->id))
		h->e[i] = h->e[--h->n];
}

static void step(struct hands *h)
{
	uint32_t choice = worker_random(h->w) % 256;
	if (choice < 4)
		steal(h);
	else if (choice < 6)
		sched_yield();
	else if (choice < 128) {
		struct entry *e = pop(h->w->id);
		if (e != NULL) {
			keep(h, e);
			worker_done(h->w);
		}
	} else
		give(h);
}

static void work(struct worker *w)
{
	struct hands h = {.w = w};
	w->random += *(unsigned *)w->arg; /* the round's number */
	worker_phase(w, "popping and pushing");
	storm_enter(w->id + CREW_MAX, on_signal);
	/* relaxed: seen late is early enough. */
	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		step(&h);
	storm_leave();
	pthread_mutex_lock(&lock);
	while (h.n > 0)
		leave(h.e[--h.n]);
	if (kept != NULL)
		leave(kept);
	pthread_mutex_unlock(&lock);
}

static void see(struct entry *e)
{
	check(e >= entries && e < entries + used && !e->seen, "entry %td is there twice, or no entry", e - entries);
	e->seen = true;
}

/* All threads have ended. Checks that each entry is in one place. */
static void see_all(void)
{
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		uint64_t word = atomic_load_explicit(&slabs[cpu].word, memory_order_relaxed); /* relaxed: no other thread runs */
		check((word & RSEQ_STOP) == 0, "the slab of CPU %u is still stopped", cpu);
		for (uint32_t i = 0; i < rseq_count(word); i++)
			see(slabs[cpu].slot[i]);
	}
	while (nleft > 0)
		see(left[--nleft]);
	for (unsigned i = 0; i < used; i++)
		check(entries[i].seen, "entry %u is lost", i);
}

/* Spreads n entries over the CPUs as evenly as possible. */
static void prepare(unsigned n)
{
	memset(slabs, 0, cpus * sizeof(*slabs));
	memset((void *)entries, 0, sizeof(entries));
	used = n;
	for (unsigned i = 0; i < n; i++) {
		struct rseq_slab *slab = &slabs[crew_cpu(i)];
		slab->slot[i / crew_cpus()] = &entries[i];
		/* relaxed: threads are started after it. */
		atomic_store_explicit(&slab->word, i / crew_cpus() + 1, memory_order_relaxed);
	}
}

/* Delays a few of the points, by up to about 100 us each. The others are passed at full speed. */
static void wander(struct worker *w)
{
	(void)w;
#ifdef RSEQ_DELAYED
	for (unsigned i = 0; i < DELAY_POINTS; i++)
		atomic_store_explicit(&delays[i], 0, memory_order_relaxed); /* relaxed, both: the section may see it at any time */
	for (unsigned i = 0; i < 6; i++)
		atomic_store_explicit(&delays[worker_random(w) % DELAY_POINTS], 1U << (12 + worker_random(w) % 5), memory_order_relaxed);
#endif
}

/* Short, because a lost entry is only seen at the end. Returns how often an entry was popped. */
static uint64_t one_round(unsigned number, unsigned n)
{
	uint64_t pops = 0;
	struct worker *w = crew_watch("rseq");
	w->random += number;
	prepare(n);
	/* relaxed: threads are started after it. */
	atomic_store_explicit(&stop, false, memory_order_relaxed);
	struct worker *crew = crew_start(crew_size(), work, &number);
	for (struct timespec end = storm_in(ROUND_MS); !storm_over(&end); worker_done(w)) {
		wander(w);
		storm_blow(w, crew);
	}
	atomic_store_explicit(&stop, true, memory_order_relaxed); /* relaxed: seen late is early enough */
	crew_join(crew);
	see_all();
	for (unsigned i = 0; i < crew_size(); i++)
		pops += atomic_exchange_explicit(&crew[i].operations, 0, memory_order_relaxed); /* relaxed: they have ended */
	return pops;
}

static bool enough(uint64_t pops, uint64_t least)
{
	return pops >= least && storm_signals() >= least / 10 && storm_moves() >= least / 100;
}

/* Nearly empty slabs, with a few entries each, and full slabs: each for a round at least. */
static uint64_t rounds(unsigned seconds, uint64_t least)
{
	const unsigned sizes[] = {3, 4 * crew_cpus(), RSEQ_SLOTS * crew_cpus()};
	const struct timespec end = storm_in(1000 * seconds), limit = storm_in(10 * 1000 * seconds);
	uint64_t pops = 0;
	for (unsigned i = 0; i < 3 || !storm_over(enough(pops, least) ? &end : &limit); i++)
		pops += one_round(i, sizes[i % 3] < ENTRIES ? sizes[i % 3] : ENTRIES);
	return pops;
}

static int report(uint64_t pops, uint64_t least)
{
	/* relaxed: no other thread runs. */
	uint64_t stolen = atomic_load_explicit(&steals, memory_order_relaxed);
	printf("%" PRIu64 " pops, %" PRIu64 " steals, %" PRIu64 " signals, %" PRIu64 " changes of CPU", pops, stolen, storm_signals(),
	       storm_moves());
#ifdef RSEQ_DELAYED
	uint64_t aborted = atomic_load_explicit(&aborts, memory_order_relaxed); /* relaxed: as above */
	printf(", %" PRIu64 " aborts%s\n", aborted, aborted == 0 ? ": this proves nothing" : "");
	if (aborted == 0)
		return 99;
#else
	puts(", aborts not counted");
#endif
	if (enough(pops, least))
		return 0;
	printf("too few, this proves nothing: at least %" PRIu64 " pops, %" PRIu64 " signals and %" PRIu64 " changes of CPU are demanded\n",
	       least, least / 10, least / 100);
	return 99;
}

int main(int argc, char **argv)
{
	if (!rseq_usable()) {
		puts("skipped: no rseq here");
		return 77;
	}
#ifdef RSEQ_BROKEN
	if (crew_cpus() == 1) {
		puts("skipped: not all that is broken shows on one CPU");
		return 77;
	}
#endif
	cpus = cpu_numbers_end();
	slabs = aligned_alloc(_Alignof(struct rseq_slab), cpus * sizeof(*slabs));
	check(slabs != NULL, "no memory for %u slabs", cpus);
	uint64_t least = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	uint64_t pops = rounds(argc > 1 ? (unsigned)atoi(argv[1]) : 3, least);
	free(slabs);
	return report(pops, least);
}
