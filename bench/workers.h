/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads of a block: born, bound, started together, watched, joined. Used by block.c alone. */
#ifndef BENCH_WORKERS_H
#define BENCH_WORKERS_H

#include <pthread.h>

#include "block.h"
#include "usage.h"
#include "windows.h"

enum workers_state { WORKERS_GATHER, WORKERS_GO, WORKERS_CANCEL };
enum worker_phase { PHASE_PREPARE, PHASE_READY, PHASE_MEASURE, PHASE_LEAVE, PHASE_DONE };

struct worker {
	struct loops_thread loop; /* first: it is aligned */
	struct workers *all;
	struct windows windows;
	pthread_t thread;
	uint32_t index;
	bool bound, failed;
	_Atomic enum worker_phase phase; /* both for the watchdog: what a thread that hangs did last */
	_Atomic uint64_t pairs;
	uint64_t end, run_wait_ns; /* run_wait_ns UINT64_MAX: unknown */
	struct usage used;
};

/* On the heap, with a plan of its own: threads of a hung block never let go of it. */
struct workers {
	struct block_plan plan;
	struct worker *worker;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum workers_state state;
	uint32_t ready, done;
	uint64_t begin, end; /* ticks, valid from WORKERS_GO */
	_Alignas(EXTRAM_APART) _Atomic uint64_t word;
};

/* Makes them, not yet running, with a copy of the plan. NULL: no memory. */
struct workers *workers_new(const struct block_plan *plan);

/* Frees all. When all threads have been joined. */
void workers_free(struct workers *all);

/* Starts as many threads as the plan has; returns how many the system gave. If all, they run; else they end at once. */
uint32_t workers_start(struct workers *all);

/* Waits for so many. The watchdog: false if not all have come to their end in time; where they are was printed. */
bool workers_join(struct workers *all, uint32_t started);

/* What a worker has done. relaxed: a number for people while it runs; after the thread's end its join orders it. */
static inline uint64_t workers_pairs(const struct worker *w)
{
	return atomic_load_explicit(&w->pairs, memory_order_relaxed);
}

#endif
