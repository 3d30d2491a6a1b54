/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frozen [FREEZES [MS]]: stops one thread of four for MS, somewhere inside a get or put or between
 * them, and prints whether the others go on. It prints a table and is not a test. The longest
 * operation is the stopped thread's time if the others wait for it; otherwise it is the
 * scheduler's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "freeze.h"

#define THREADS 4

struct result {
	unsigned stalls; /* freezes in whose second half no other thread did anything */
	uint64_t worst;  /* ns: the others' longest operation */
	uint64_t least;  /* the least that all others did in the second half of a freeze */
};

static void sleep_us(unsigned us)
{
	nanosleep(&(const struct timespec){.tv_nsec = us * 1000L}, NULL);
}

static void one(struct freeze *z, struct worker *w, unsigned ms, struct result *r)
{
	uint64_t since[THREADS];
	/* relaxed, both: a number. A thread that adds to it late does so in the next round. */
	atomic_store_explicit(&z->worst, 0, memory_order_relaxed);
	freeze_now(z, w);
	sleep_us(ms * 500);
	freeze_note(z, since);
	sleep_us(ms * 500);
	uint64_t done = freeze_all_done(z, since);
	freeze_thaw(z);
	sleep_us(10000); /* threads that waited report how long */
	uint64_t worst = atomic_load_explicit(&z->worst, memory_order_relaxed);
	r->stalls += done == 0;
	r->worst = worst > r->worst ? worst : r->worst;
	r->least = done < r->least ? done : r->least;
	worker_done(w);
}

static void report(const struct extram_strategy *s, unsigned freezes, unsigned ms)
{
	struct worker *w = crew_watch("frozen");
	struct result r = {.least = UINT64_MAX};
	struct freeze z;
	freeze_start(&z, s, THREADS, true);
	for (unsigned i = 0; i < freezes; i++)
		one(&z, w, ms, &r);
	freeze_end(&z);
	printf("%-18s %-9s %8u of %-4u %12.2f ms %16llu\n", s->name, s->properties & EXTRAM_LOCK_FREE ? "lock-free" : "-", r.stalls,
	       freezes, (double)r.worst * 1e-6, (unsigned long long)r.least);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned freezes = argc > 1 ? (unsigned)atoi(argv[1]) : 20, ms = argc > 2 ? (unsigned)atoi(argv[2]) : 50;
	if (freezes == 0 || ms == 0 || ms >= 1000) {
		fprintf(stderr, "usage: %s [FREEZES [MS, less than 1000]]\n", argv[0]);
		return 2;
	}
	printf("One of %d threads stops for %u ms inside an operation.\n", THREADS, ms);
	printf("%-18s %-9s %16s %15s %16s\n", "strategy", "claims", "all others stall", "longest", "fewest done");
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		report(*s, freezes, ms);
	return 0;
}
