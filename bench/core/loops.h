/* SPDX-License-Identifier: BSD-3-Clause */
/* The measured loops. There is one indirect call for each batch, none for each operation. */
#ifndef BENCH_LOOPS_H
#define BENCH_LOOPS_H

#include "histogram.h"
#include "needm.h"

/* The state of one thread's loop. On a cache line of its own, to avoid false sharing. */
struct loops_thread {
	_Alignas(EXTRAM_APART) struct needm_runtime *rt;
	_Atomic uint64_t *shared; /* for limits: the word to write, shared by all threads or private */
	struct histogram *histogram;
	uint64_t random;      /* not 0 */
	uint32_t hold, think; /* from spin_mean */
	uint32_t countdown;   /* pairs until the next timed one */
	uint64_t plant, owed; /* LOOPS_PLANT: work for each pair, and work due; in 1/LOOPS_PLANT_ROUND of a spin round */
	void *context;        /* of the block's plan, or what its enter made of it */
	uint32_t index;       /* of the thread in its block */
};

/*
 * On average, one pair in this many is timed. The gap is random, so that no periodic effect is
 * missed.
 */
#define LOOPS_TIMED_ONE_IN 8

/*
 * Planted work is counted in fractions of a spin round, so that even 1 % of a short pair can be
 * planted.
 */
#define LOOPS_PLANT_ROUND 65536

/*
 * Runs a number of pairs, or of a limit's operations. Thread-safe; each thread has its own struct.
 */
typedef void loops_run(struct loops_thread *t, uint64_t pairs);

/* Bits of a loop's index. No loop is both timed and planted. LOOPS_ROUND is an index of its own. */
enum { LOOPS_CALLBACK = 1, LOOPS_SPIN = 2, LOOPS_TIMED = 4, LOOPS_PLANT = 8, LOOPS_ROUND = 12, LOOPS_KINDS = 13 };

/* The context of a LOOPS_ROUND loop's thread: how many ms it takes at once, and room for them. */
struct loops_round {
	uint32_t at_once;
	struct m *taken[];
};

struct loops {
	const struct extram_strategy *strategy;
	bool peer;       /* another project's container */
	bool by_default; /* in default_strategies of impls/meson.build */
	loops_run *run[LOOPS_KINDS];
};

/*
 * Every strategy of this build, in the order of impls/meson.build, then the peers. Ends with NULL.
 */
extern const struct loops *const loops_all[];

/* A limit of the machine, measured with the same threads and windows as a strategy. */
struct loops_limit {
	const char *name;
	const char *summary;
	loops_run *run;
	bool shared;        /* all threads share one word: needs at least two threads; otherwise exactly one */
	bool two;           /* needs exactly two threads */
	bool calibrates;    /* only for a model: not measured beside whatever is asked for */
	bool lines;         /* the context of its loop is a struct lines */
	uint32_t at_once;   /* operations between two clock reads, whose median is the time; 0: the windows give it */
	bool (*here)(void); /* reports whether this machine supports it; NULL: every machine does */
};

/* Ends with a NULL name. */
extern const struct loops_limit loops_limits[];

#endif
