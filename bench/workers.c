/* SPDX-License-Identifier: BSD-3-Clause */
#include "workers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "spin.h"

#define BATCH_NS 20000 /* the work between clock reads and checks for the end */
#define BATCH_MAX (1U << 20)
#define START_NS 500000 /* from when all threads are ready to the common start; plus START_EACH_NS per thread */
#define START_EACH_NS 20000
#define STACK_BYTES 262144
#define PATIENCE_MS 60000

static uint32_t window_count(const struct block_plan *plan)
{
	return plan->block_ms * 1000 / plan->window_us + 1;
}

static void set_phase(struct worker *w, enum worker_phase phase)
{
	/* relaxed: diagnostics only. */
	atomic_store_explicit(&w->phase, phase, memory_order_relaxed);
}

/* Waits for the start. False: the block was cancelled. */
static bool wait_for_go(struct workers *all)
{
	pthread_mutex_lock(&all->lock);
	all->ready++;
	pthread_cond_broadcast(&all->changed);
	while (all->state == WORKERS_GATHER)
		pthread_cond_wait(&all->changed, &all->lock);
	bool go = all->state == WORKERS_GO;
	pthread_mutex_unlock(&all->lock);
	return go;
}

static uint32_t next_batch(uint32_t batch, uint64_t took)
{
	if (took < clock_ticks(BATCH_NS) / 2)
		return batch < BATCH_MAX ? batch * 2 : batch;
	return took > clock_ticks(BATCH_NS) * 2 && batch > 1 ? batch / 2 : batch;
}

/* Pairs to run before the next clock read. 0: stop. */
static uint64_t left(const struct worker *w, uint64_t batch, uint64_t now)
{
	const struct block_plan *plan = &w->all->plan;
	/* relaxed: a flag; no data goes with it. */
	if (atomic_load_explicit(plan->abort, memory_order_relaxed))
		return 0;
	if (plan->pairs == 0)
		return now < w->all->end ? batch : 0;
	uint64_t rest = plan->pairs - workers_pairs(w);
	return rest < batch ? rest : batch;
}

static void run_until_end(struct worker *w)
{
	const struct block_plan *plan = &w->all->plan;
	uint32_t batch = 1;
	uint64_t now = clock_now();
	for (uint64_t pairs; (pairs = left(w, batch, now)) > 0;) {
		plan->run(&w->loop, pairs);
		uint64_t then = now;
		now = clock_now();
		/* relaxed: only this thread writes it. */
		atomic_store_explicit(&w->pairs, workers_pairs(w) + pairs, memory_order_relaxed);
		windows_batch(&w->windows, pairs, now);
		batch = next_batch(batch, now - then);
	}
	w->end = now;
}

static bool prepare(struct worker *w)
{
	const struct block_plan *plan = &w->all->plan;
	w->bound = topology_bind(plan->topology, plan->placement, w->index);
	w->loop.rt = plan->rt;
	w->loop.random = 0x9e3779b97f4a7c15U * (w->index + 1); /* Fibonacci hashing: well spread, and never 0 */
	w->loop.hold = spin_mean(plan->hold_ns);
	w->loop.think = spin_mean(plan->think_ns);
	w->loop.countdown = LOOPS_TIMED_ONE_IN;
	w->loop.plant = (uint64_t)((double)plan->plant_ps * spin_rounds_per_us / 1e6 * LOOPS_PLANT_ROUND + 0.5);
	/* First touched by its own thread, so that the memory is near its CPU. */
	w->loop.histogram = plan->timed ? calloc(1, sizeof(struct histogram)) : NULL;
	return w->loop.histogram != NULL || !plan->timed;
}

static void measure(struct worker *w)
{
	struct workers *all = w->all;
	_Alignas(EXTRAM_APART) _Atomic uint64_t own = 0;
	uint64_t waited = 0;
	if (!windows_init(&w->windows, window_count(&all->plan), all->begin, clock_ticks(all->plan.window_us * 1000.0))) {
		w->failed = true;
		return;
	}
	w->loop.shared = all->plan.shared ? &all->word : &own;
	if (all->plan.enter != NULL && !all->plan.enter(&w->loop)) {
		w->failed = true;
		return;
	}
	while (clock_now() < all->begin)
		EXTRAM_YIELD();
	struct usage before = usage_now();
	usage_run_wait_ns(w->windows.schedstat, &waited);
	run_until_end(w);
	struct usage after = usage_now();
	if (all->plan.leave != NULL)
		all->plan.leave(&w->loop);
	w->run_wait_ns = usage_run_wait_ns(w->windows.schedstat, &w->run_wait_ns) ? w->run_wait_ns - waited : UINT64_MAX;
	w->used = (struct usage){after.cpu_ns - before.cpu_ns, after.nvcsw - before.nvcsw, after.nivcsw - before.nivcsw};
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct workers *all = w->all;
	w->failed = !prepare(w);
	set_phase(w, PHASE_READY);
	if (wait_for_go(all) && !w->failed) {
		set_phase(w, PHASE_MEASURE);
		measure(w);
	}
	set_phase(w, PHASE_LEAVE);
	if (all->plan.rt != NULL)
		all->plan.rt->strategy->thread_exit(all->plan.rt->list);
	set_phase(w, PHASE_DONE);
	pthread_mutex_lock(&all->lock);
	all->done++;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

static void set_state(struct workers *all, enum workers_state state)
{
	pthread_mutex_lock(&all->lock);
	while (state == WORKERS_GO && all->ready < all->plan.threads)
		pthread_cond_wait(&all->changed, &all->lock);
	all->begin = clock_now() + clock_ticks(START_NS + (double)START_EACH_NS * all->plan.threads);
	all->end = all->begin + window_count(&all->plan) * clock_ticks(all->plan.window_us * 1000.0);
	all->state = state;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
}

uint32_t workers_start(struct workers *all)
{
	pthread_attr_t attr;
	uint32_t started = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (; started < all->plan.threads; started++) {
		struct worker *w = &all->worker[started];
		w->all = all;
		w->index = started;
		if (pthread_create(&w->thread, &attr, work, w) != 0)
			break;
	}
	pthread_attr_destroy(&attr);
	set_state(all, started == all->plan.threads ? WORKERS_GO : WORKERS_CANCEL);
	return started;
}

static struct timespec deadline(const struct block_plan *plan)
{
	uint64_t patience_ms = plan->patience_ms != 0 ? plan->patience_ms : PATIENCE_MS;
	uint64_t ns = clock_monotonic_ns() + (plan->block_ms + patience_ms) * 1000000U;
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U)};
}

static void print_hung(const struct workers *all, uint32_t started)
{
	static const char *const phases[] = {"prepares", "waits for the start", "is in the loop", "leaves the list", "is done"};
	fprintf(stderr, "extram-bench: a block hangs:\n");
	for (uint32_t i = 0; i < started; i++) {
		const struct worker *w = &all->worker[i];
		/* relaxed: diagnostics only. */
		enum worker_phase phase = atomic_load_explicit(&w->phase, memory_order_relaxed);
		fprintf(stderr, "  thread %u %s, %" PRIu64 " pairs done\n", i, phases[phase], workers_pairs(w));
	}
}

bool workers_join(struct workers *all, uint32_t started)
{
	struct timespec until = deadline(&all->plan);
	int err = 0;
	pthread_mutex_lock(&all->lock);
	while (all->done < started && err == 0)
		err = pthread_cond_timedwait(&all->changed, &all->lock, &until);
	bool ended = all->done == started;
	pthread_mutex_unlock(&all->lock);
	if (!ended)
		print_hung(all, started);
	for (uint32_t i = 0; ended && i < started; i++)
		pthread_join(all->worker[i].thread, NULL);
	return ended;
}

struct workers *workers_new(const struct block_plan *plan)
{
	pthread_condattr_t attr;
	struct workers *all = aligned_alloc(_Alignof(struct workers), sizeof(*all));
	struct worker *worker = aligned_alloc(_Alignof(struct worker), plan->threads * sizeof(*worker));
	if (all == NULL || worker == NULL) {
		free(all);
		free(worker);
		return NULL;
	}
	memset(worker, 0, plan->threads * sizeof(*worker));
	*all = (struct workers){.plan = *plan, .worker = worker, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&all->changed, &attr);
	pthread_condattr_destroy(&attr);
	return all;
}

void workers_free(struct workers *all)
{
	for (uint32_t i = 0; i < all->plan.threads; i++) {
		free(all->worker[i].loop.histogram);
		if (all->worker[i].windows.one != NULL)
			windows_fini(&all->worker[i].windows);
	}
	free(all->worker);
	free(all);
}
