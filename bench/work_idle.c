/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle: many threads call once, one after another, and then stay idle (golang/go issue 60004).
 * Measures how many ms are in use, and how many are held by idle threads. Then some new threads
 * call at once. Measures the time until each of them has an m.
 */
#include <pthread.h>
#include <stdio.h>

#include "burst.h"
#include "clock.h"
#include "workload.h"

#define NEW_THREADS 64
#define SAMPLE_US 1000
#define PATIENCE_MS 60000

/* Static, because the threads of a hung block keep using it. */
struct idle {
	const struct workload_run *run;
	struct rig *rig;
	pthread_mutex_t turn; /* they call one after another, as in real programs */
	_Atomic uint32_t sitting, bound, in_use;
	uint32_t samples;
	uint64_t sum_in_use, sum_held;
	enum burst_status later; /* of the new threads */
	struct burst_result later_result;
};
static struct idle idle = {.turn = PTHREAD_MUTEX_INITIALIZER};

static uint32_t number(_Atomic uint32_t *counter)
{
	/* acquire: pairs with the release in add. A counted thread has finished using the list. */
	return atomic_load_explicit(counter, memory_order_acquire);
}

static void add(_Atomic uint32_t *counter, uint32_t n)
{
	/* release: pairs with the acquire in number. */
	atomic_fetch_add_explicit(counter, n, memory_order_release);
}

static void take(struct burst_guest *guest)
{
	burst_phase(guest, BURST_GET);
	struct needm_m *mp = needm_enter(&idle.rig->rt, idle.rig->rt.strategy);
	add(&idle.in_use, 1);
	burst_phase(guest, BURST_REFILL);
	needm_refill(&idle.rig->rt, mp);
}

static void give(struct burst_guest *guest)
{
	burst_phase(guest, BURST_OUT);
	add(&idle.in_use, UINT32_MAX);
	needm_leave(&idle.rig->rt, idle.rig->rt.strategy);
}

static void leave(void)
{
	needm_thread_exit(&idle.rig->rt);
}

/* A new thread stays in its callback until all new threads are in theirs. */
static void come_later(struct burst_guest *guest)
{
	take(guest);
	burst_stay(guest);
	give(guest);
	leave();
}

static void sample(void)
{
	struct needm_runtime *rt = &idle.rig->rt;
	uint32_t created = rig_created(idle.rig);
	uint32_t parked = rt->strategy->length(rt->list);
	idle.sum_in_use += number(&idle.in_use);
	idle.sum_held += created > parked ? created - parked : 0;
	idle.samples++;
}

/* While the others are idle: counts the held ms, then starts the new threads. */
static void observe(void)
{
	const struct workload_run *run = idle.run;
	uint64_t until = clock_monotonic_ns() + run->cell->block_ms * UINT64_C(1000000);
	struct burst_plan plan = {
	    .visit = come_later, .topology = run->topology, .placement = run->cell->placement, .threads = NEW_THREADS};
	/*
	 * If a thread hangs before this, the burst's watchdog reports it, since this thread has not
	 * entered either.
	 */
	while (number(&idle.sitting) < run->cell->threads)
		EXTRAM_USLEEP(SAMPLE_US);
	/* relaxed: a flag; no data goes with it. */
	do {
		sample();
		EXTRAM_USLEEP(SAMPLE_US);
	} while (clock_monotonic_ns() < until && !atomic_load_explicit(run->abort, memory_order_relaxed));
	idle.later = burst_run(&plan, &idle.later_result);
}

/* Calls once, stays idle until the end, and leaves. The last thread only observes. */
static void sit(struct burst_guest *guest)
{
	if (guest->index == idle.run->cell->threads) {
		observe();
		burst_stay(guest);
		return;
	}
	pthread_mutex_lock(&idle.turn);
	take(guest);
	give(guest);
	pthread_mutex_unlock(&idle.turn);
	add(&idle.bound, guest->bound);
	add(&idle.sitting, 1);
	burst_stay(guest);
	leave();
}

static void fill(struct csv_row *row, const struct burst_result *all)
{
	row->bound = number(&idle.bound);
	row->windows = 0;
	row->pairs = row->threads + NEW_THREADS;
	row->wall_ns = all->wall_ns;
	row->nvcsw = all->nvcsw + idle.later_result.nvcsw;
	row->nivcsw = all->nivcsw + idle.later_result.nivcsw;
	row->ms_in_use = (double)idle.sum_in_use / idle.samples;
	row->ms_held = (double)idle.sum_held / idle.samples;
	row->all_in_ms = idle.later_result.all_in_ms;
}

static enum workload_status run_crowd(struct workload_run *run, struct rig *rig)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	const struct cell *cell = run->cell;
	struct burst_result all;
	struct burst_plan plan = {
	    .visit = sit,
	    .topology = run->topology,
	    .placement = cell->placement,
	    .threads = cell->threads + 1,
	    .patience_ms = cell->block_ms + 2 * PATIENCE_MS, /* the new threads have their own watchdog */
	};
	idle = (struct idle){.run = run, .rig = rig, .turn = PTHREAD_MUTEX_INITIALIZER};
	enum burst_status status = burst_run(&plan, &all);
	if (status == BURST_COMPLETE)
		status = idle.later;
	if (status == BURST_COMPLETE)
		fill(run->row, &all);
	return statuses[status];
}

static enum workload_status run_idle(struct workload_run *run)
{
	struct rig *rig = workload_rig(run);
	if (rig == NULL)
		return WORKLOAD_FAILED;
	enum workload_status status = run_crowd(run, rig);
	if (status == WORKLOAD_HUNG)
		return status; /* hung threads still use the list */
	workload_fill_rig(run->row, rig);
	if (status != WORKLOAD_FAILED && !rig_conserved(rig))
		status = WORKLOAD_FAILED;
	rig_free(rig);
	return status;
}

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("in use", ms_in_use, UNITS_COUNT),
						      WORKLOAD_QUANTITY("held", ms_held, UNITS_COUNT),
						      WORKLOAD_QUANTITY("all in", all_in_ms, UNITS_MS),
						      {.heading = NULL}};

/* As Go starts. */
#define ONE_M .prefill = 1
#define GROUP(in, repeat, ms)                                                                                                              \
	.set = OPTIONS_##in, .levels = WORKLOAD_CALLBACK, .threads = WORKLOAD_COUNTS, .repetitions = (repeat), .block_ms = (ms)

/* clang-format off */
static const struct workload_group groups[] = {
	{GROUP(FIELD, 3, 50), .counts = {64, 256, 1000}, ONE_M},
	{GROUP(EVERY, 1, 20), .counts = {64}, ONE_M},
	{GROUP(FULL, 5, 100), .counts = {64, 256, 1000, 4000}, ONE_M},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_idle = {
    .name = "idle",
    .question = "idle threads after one call: ms in use and ms held; then 64 new threads call at once: time until all are in",
    .quantities = quantities,
    .groups = groups,
    .run = run_idle,
};
