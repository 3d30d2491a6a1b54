/* SPDX-License-Identifier: BSD-3-Clause */
/* The measured loops: one indirect call a batch, never one an operation. */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include "histogram.h"
#include "needm.h"

/* What a thread's loop works on. Its own line, so that threads do not meet here. */
struct loops_thread {
	_Alignas(EXTRAM_APART) struct needm_runtime *rt;
	_Atomic uint64_t *shared; /* for limits: the word that all threads, or only this one, write */
	struct histogram *histogram;
	uint64_t random;      /* not 0 */
	uint32_t hold, think; /* spin_mean */
	uint32_t countdown;   /* pairs until the next one that is timed */
	uint64_t plant, owed; /* LOOPS_PLANT: work for each pair, and what is due; spin rounds times LOOPS_PLANT_ROUND */
};

/* One pair in so many is timed, on average; the gap is random, so that no rhythm of the strategy hides. */
#define LOOPS_TIMED_ONE_IN 8

/* Planted work is counted in fractions of a round, so that a hundredth of a short pair can be added to it. */
#define LOOPS_PLANT_ROUND 65536

/* Runs so many pairs, or operations of a limit. In parallel, each thread with a struct of its own. */
typedef void loops_run(struct loops_thread *t, uint64_t pairs);

/* Which loop: bits of an index. None is both timed and planted. */
enum { LOOPS_CALLBACK = 1, LOOPS_SPIN = 2, LOOPS_TIMED = 4, LOOPS_PLANT = 8, LOOPS_KINDS = 12 };

struct loops {
	const struct extram_strategy *strategy;
	bool peer;       /* another project's container */
	bool by_default; /* measured unless others are asked for: default_strategies in impls/meson.build */
	loops_run *run[LOOPS_KINDS];
};

/* Every strategy of this build, in the order of impls/meson.build, then the peers; ended by NULL. */
extern const struct loops *const loops_all[];

/* A limit of the machine, measured by the same threads and windows as the strategies. */
struct loops_limit {
	const char *name;
	const char *summary;
	loops_run *run;
	bool shared;        /* all threads on one word: takes two threads or more; else one */
	bool two;           /* takes two threads, however many CPUs there are */
	bool (*here)(void); /* can this machine do it? NULL: all can */
};

/* Ended by a NULL name. */
extern const struct loops_limit loops_limits[];

#endif
