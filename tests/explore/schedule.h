/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which thread runs, on which CPU, and what it knows of the others. Here is the scheduler's part of
 * the driver of sim.h; search.h makes its choices.
 *
 * CPUs matter to restartable sequences only. A thread gets a CPU when it first runs a sequence.
 * Threads on different CPUs run side by side. Threads on one CPU take turns, and each turn aborts
 * the sequences of the others there. The kernel's switch between two threads of a CPU is a full
 * barrier: what one did there happens before what the next does.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim.h"

#define CLOCK_THREADS 4
#define CLOCK_LOCATIONS 60
#define SCHEDULE_CPUS 2

/*
 * A run may let threads wait for long, but not for ever: after SCHEDULE_FAIR steps the scheduler is
 * fair. Threads take turns, loads read the newest store, nothing fails for nothing. Each turn is
 * longer than the last, so an operation that has to be alone for a while gets it. A thread that has
 * not come to its end after SCHEDULE_STEPS is never served.
 */
#define SCHEDULE_FAIR 1000
#define SCHEDULE_STEPS 4000

/* What a thread knows of the other threads: how far each has come, and which store of each location
 * is the oldest that it may read. */
struct clock {
	int16_t when[CLOCK_THREADS];   /* vector clock: the last step of each thread that happens before us */
	int16_t seen[CLOCK_LOCATIONS]; /* view: the oldest store, by its place in the modification order, that it may still read */
};

struct history_op;

struct thread {
	struct clock now;               /* what happens before its next step */
	struct clock acquired;          /* what its next acquire fence adds to that */
	struct clock released;          /* what its relaxed stores publish since its last release fence */
	struct history_op *op;          /* the operation it is in, or NULL */
	struct history_op *interrupted; /* by its signal handler */
	uint32_t changed;               /* values changed by itself */
	uint32_t known;                 /* values changed by others when it last paused */
	int id;
	bool fenced;        /* made a release fence: released counts */
	bool waited;        /* paused or blocked in its operation */
	bool waited_before; /* its handler ran */
	bool pauses;        /* and has not run since */
	bool stale;         /* read something old since it last paused */
	bool dependent;     /* its stores come after its loads, as in assembly with a branch between them */
};

extern struct thread schedule_threads[CLOCK_THREADS];

/* The thread that runs: only while one does. */
static inline struct thread *schedule_self(void)
{
	return &schedule_threads[sim_self->id];
}

/* Call it before sim_run with as many threads, or with 0 before a run's first step. */
void schedule_begin(int threads);
int schedule_count(void);

/* Reports whether the scheduler is fair by now. */
bool schedule_fair(void);

/* A visible step of the running thread begins, which has had its turn. */
struct thread *schedule_step(void);

/* The running thread changed a value that others may be waiting for. */
void schedule_changed(void);

/* Signed 16-bit maxima and a fixed length: SSE2 and NEON have an instruction for it. */
static inline void clock_max(int16_t *restrict a, const int16_t *restrict b, int n)
{
	for (int i = 0; i < n; i++)
		a[i] = a[i] > b[i] ? a[i] : b[i];
}

static inline void clock_join(struct clock *a, const struct clock *b)
{
	clock_max(a->when, b->when, CLOCK_THREADS);
	clock_max(a->seen, b->seen, CLOCK_LOCATIONS);
}

/* Sequentially consistent fences order stores and loads, but make nothing happen before anything by
 * themselves. */
static inline void clock_join_seen(struct clock *a, const struct clock *b)
{
	clock_max(a->seen, b->seen, CLOCK_LOCATIONS);
}

/* cpus.c: a thread begins to run, or continues. */
void cpus_reset(void);
void cpus_switch(struct thread *t);

#endif
