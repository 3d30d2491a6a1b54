/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The threads of a block: created, bound, started together, watched and joined. Used by block.c
 * alone.
 */
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
	_Atomic enum worker_phase phase; /* phase and the next: for the watchdog */
	_Atomic uint64_t pairs;
	uint64_t end, run_wait_ns; /* run_wait_ns UINT64_MAX: unknown */
	struct usage used;
};

/* Allocated, with its own copy of the plan, because the threads of a hung block keep using it. */
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

/* Makes the workers, with a copy of the plan. Starts none. NULL: no memory. */
struct workers *workers_new(const struct block_plan *plan);

/* Frees everything. All threads must have been joined. */
void workers_free(struct workers *all);

/*
 * Starts the plan's threads and returns how many were created. If some could not be created, the
 * others end at once.
 */
uint32_t workers_start(struct workers *all);

/*
 * Joins that many threads. The watchdog: false if some did not end in time; their state was
 * printed.
 */
bool workers_join(struct workers *all, uint32_t started);

/*
 * The pairs a worker has done. relaxed: diagnostics only while it runs; after its end, the join
 * orders it.
 */
static inline uint64_t workers_pairs(const struct worker *w)
{
	return atomic_load_explicit(&w->pairs, memory_order_relaxed);
}

#endif
