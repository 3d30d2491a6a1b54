/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle: many threads call once, one after another, and then stay idle (golang/go issue 60004).
 * Measures how many ms are in use, and how many are held by idle threads. Then some new threads
 * call at once. Measures the time until each of them has an m.
 */
#include "clock.h"
#include "wait.h"
#include "workload.h"

#define NEW_THREADS 64
#define SAMPLE_US 1000
#define PATIENCE_MS 60000

/* The context. */
struct idle {
	const struct workload_run *run;
	struct rig *rig;
	pthread_mutex_t turn; /* they call one after another, as in real programs */
	_Atomic uint32_t sitting, bound, in_use;
	uint32_t samples;
	uint64_t sum_in_use, sum_held;
	enum block_status later; /* of the new threads */
	struct burst_result later_result;
};

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

static void take(struct idle *idle, struct crew_thread *t)
{
	crew_phase(t, "waits for its m");
	struct needm_m *mp = needm_enter(&idle->rig->rt, idle->rig->rt.strategy);
	add(&idle->in_use, 1);
	crew_phase(t, "makes ms");
	needm_refill(&idle->rig->rt, mp);
}

static void give(struct idle *idle, struct crew_thread *t)
{
	crew_phase(t, "leaves");
	add(&idle->in_use, UINT32_MAX);
	needm_leave(&idle->rig->rt, idle->rig->rt.strategy);
}

/* A new thread stays in its callback until all new threads are in theirs. */
static void come_later(struct crew_thread *t)
{
	struct idle *idle = t->context;
	take(idle, t);
	burst_stay(t);
	give(idle, t);
	needm_thread_exit(&idle->rig->rt);
}

static void sample(struct idle *idle)
{
	struct needm_runtime *rt = &idle->rig->rt;
	uint32_t created = rig_created(idle->rig);
	uint32_t parked = rt->strategy->length(rt->list);
	idle->sum_in_use += number(&idle->in_use);
	idle->sum_held += created > parked ? created - parked : 0;
	idle->samples++;
}

/* While the others are idle: counts the held ms, then starts the new threads. */
static void observe(struct idle *idle)
{
	const struct workload_run *run = idle->run;
	uint64_t until = clock_monotonic_ns() + run->cell->block_ms * UINT64_C(1000000);
	struct crew_plan plan = workload_burst_plan(run);
	plan.body = come_later;
	plan.context = idle;
	plan.threads = NEW_THREADS;
	/*
	 * If a thread hangs before this, the burst's watchdog reports it, since this thread has not
	 * entered either.
	 */
	while (number(&idle->sitting) < run->cell->threads)
		EXTRAM_USLEEP(SAMPLE_US);
	/* relaxed: a flag; no data goes with it. */
	do {
		sample(idle);
		EXTRAM_USLEEP(SAMPLE_US);
	} while (clock_monotonic_ns() < until && !atomic_load_explicit(run->abort, memory_order_relaxed));
	idle->later = burst_run(&plan, &idle->later_result);
}

/* Calls once, stays idle until the end, and leaves. The last thread only observes. */
static void sit(struct crew_thread *t)
{
	struct idle *idle = t->context;
	if (t->index == idle->run->cell->threads) {
		observe(idle);
		burst_stay(t);
		return;
	}
	pthread_mutex_lock(&idle->turn);
	take(idle, t);
	give(idle, t);
	pthread_mutex_unlock(&idle->turn);
	add(&idle->bound, t->bound);
	add(&idle->sitting, 1);
	burst_stay(t);
	needm_thread_exit(&idle->rig->rt);
}

static void fill(struct csv_row *row, struct idle *idle, const struct crew_total *all)
{
	const struct burst_result *later = &idle->later_result;
	workload_fill_total(row, all);
	row->bound = number(&idle->bound);
	row->windows = 0;
	row->pairs = row->threads + NEW_THREADS;
	row->nvcsw += later->total.nvcsw;
	row->nivcsw += later->total.nivcsw;
	row->ms_in_use = (double)idle->sum_in_use / idle->samples;
	row->ms_held = (double)idle->sum_held / idle->samples;
	row->all_in_ms = later->all_in_ms;
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct idle *idle = context;
	struct crew_plan plan = workload_burst_plan(run);
	struct burst_result all;
	idle->run = run;
	idle->rig = rig;
	pthread_mutex_init(&idle->turn, NULL);
	plan.body = sit;
	plan.context = idle;
	plan.threads = run->cell->threads + 1;
	plan.patience_ms = run->cell->block_ms + 2 * PATIENCE_MS; /* the new threads have their own watchdog */
	enum block_status status = burst_run(&plan, &all);
	if (status == BLOCK_DONE)
		status = idle->later;
	if (status == BLOCK_DONE)
		fill(run->row, idle, &all.total);
	return status;
}

static enum block_status run_idle(struct workload_run *run)
{
	return workload_on_rig(run, body, sizeof(struct idle));
}

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("in use", ms_in_use, UNITS_COUNT),
						      WORKLOAD_QUANTITY("held", ms_held, UNITS_COUNT),
						      WORKLOAD_QUANTITY("all in", all_in_ms, UNITS_MS),
						      {.heading = NULL}};

/* As Go starts. */
#define ONE_M .prefill = 1

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 3, 50, .counts = {64, 256, 1000}, ONE_M},
	{WORKLOAD_EVERY, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 1, 20, .counts = {64}, ONE_M},
	{WORKLOAD_FULL, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 5, 100, .counts = {64, 256, 1000, 4000}, ONE_M},
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
