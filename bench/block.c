/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "spin.h"
#include "usage.h"
#include "windows.h"

#define BATCH_NS 20000 /* one read of the clock and one look at the end for so much work */
#define BATCH_MAX (1U << 20)
#define START_NS 500000 /* from the last thread's readiness to the common start, and for each thread START_EACH_NS more */
#define START_EACH_NS 20000
#define STACK_BYTES 262144

enum state { STATE_GATHER, STATE_GO, STATE_CANCEL };

struct worker {
	struct loops_thread loop; /* first: it is aligned */
	struct block *block;
	struct windows windows;
	pthread_t thread;
	uint32_t index;
	bool bound, failed;
	uint64_t pairs, end, run_wait_ns;
	struct usage used;
};

struct block {
	const struct block_plan *plan;
	struct worker *workers;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum state state;
	uint32_t ready;
	uint64_t begin, end; /* ticks, valid from STATE_GO */
	_Alignas(EXTRAM_APART) _Atomic uint64_t word;
};

static uint32_t window_count(const struct block_plan *plan)
{
	return plan->block_ms * 1000 / plan->window_us + 1;
}

/* False: the block was cancelled. */
static bool wait_for_go(struct block *b)
{
	pthread_mutex_lock(&b->lock);
	b->ready++;
	pthread_cond_broadcast(&b->changed);
	while (b->state == STATE_GATHER)
		pthread_cond_wait(&b->changed, &b->lock);
	bool go = b->state == STATE_GO;
	pthread_mutex_unlock(&b->lock);
	return go;
}

static uint32_t next_batch(uint32_t batch, uint64_t took)
{
	if (took < clock_ticks(BATCH_NS) / 2)
		return batch < BATCH_MAX ? batch * 2 : batch;
	return took > clock_ticks(BATCH_NS) * 2 && batch > 1 ? batch / 2 : batch;
}

static void run_until_end(struct worker *w)
{
	const struct block_plan *plan = w->block->plan;
	uint32_t batch = 1;
	uint64_t now = clock_now();
	/* relaxed: only has to be seen soon. */
	while (now < w->block->end && !atomic_load_explicit(plan->abort, memory_order_relaxed)) {
		plan->run(&w->loop, batch);
		uint64_t then = now;
		now = clock_now();
		w->pairs += batch;
		windows_batch(&w->windows, batch, now);
		batch = next_batch(batch, now - then);
	}
	w->end = now;
}

static bool prepare(struct worker *w)
{
	const struct block_plan *plan = w->block->plan;
	w->bound = topology_bind(plan->topology, plan->placement, w->index);
	w->loop.rt = plan->rt;
	w->loop.random = 0x9e3779b97f4a7c15U * (w->index + 1); /* Fibonacci hashing: apart, and never 0 */
	w->loop.hold = spin_mean(plan->hold_ns);
	w->loop.think = spin_mean(plan->think_ns);
	w->loop.countdown = LOOPS_TIMED_ONE_IN;
	/* Its own first touch, so that it lies near its CPU. */
	w->loop.histogram = plan->timed ? calloc(1, sizeof(struct histogram)) : NULL;
	return w->loop.histogram != NULL || !plan->timed;
}

static void measure(struct worker *w)
{
	struct block *b = w->block;
	_Alignas(EXTRAM_APART) _Atomic uint64_t own = 0;
	uint64_t waited = 0;
	if (!windows_init(&w->windows, window_count(b->plan), b->begin, clock_ticks(b->plan->window_us * 1000.0))) {
		w->failed = true;
		return;
	}
	w->loop.shared = b->plan->shared ? &b->word : &own;
	while (clock_now() < b->begin)
		EXTRAM_YIELD();
	struct usage before = usage_now();
	usage_run_wait_ns(w->windows.schedstat, &waited);
	run_until_end(w);
	struct usage after = usage_now();
	if (usage_run_wait_ns(w->windows.schedstat, &w->run_wait_ns))
		w->run_wait_ns -= waited;
	w->used = (struct usage){after.cpu_ns - before.cpu_ns, after.nvcsw - before.nvcsw, after.nivcsw - before.nivcsw};
}

static void *work(void *arg)
{
	struct worker *w = arg;
	w->failed = !prepare(w);
	if (wait_for_go(w->block) && !w->failed)
		measure(w);
	if (w->block->plan->rt != NULL)
		w->block->plan->rt->strategy->thread_exit(w->block->plan->rt->list);
	return NULL;
}

static void set_state(struct block *b, enum state state)
{
	pthread_mutex_lock(&b->lock);
	while (state == STATE_GO && b->ready < b->plan->threads)
		pthread_cond_wait(&b->changed, &b->lock);
	b->begin = clock_now() + clock_ticks(START_NS + (double)START_EACH_NS * b->plan->threads);
	b->end = b->begin + window_count(b->plan) * clock_ticks(b->plan->window_us * 1000.0);
	b->state = state;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

/* Starts as many as it can; returns how many. */
static uint32_t start_workers(struct block *b)
{
	pthread_attr_t attr;
	uint32_t started = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (; started < b->plan->threads; started++) {
		struct worker *w = &b->workers[started];
		w->block = b;
		w->index = started;
		if (pthread_create(&w->thread, &attr, work, w) != 0)
			break;
	}
	pthread_attr_destroy(&attr);
	return started;
}

/* Jain's fairness index (R. Jain and others, DEC TR-301, 1984); 1 when nobody did anything. */
static double jain(const struct block *b)
{
	double sum = 0;
	double squares = 0;
	for (uint32_t i = 0; i < b->plan->threads; i++) {
		double share = (double)b->workers[i].pairs;
		sum += share;
		squares += share * share;
	}
	return squares > 0 ? sum * sum / (b->plan->threads * squares) : 1;
}

static void add_up(const struct block *b, struct block_result *r, struct histogram *histogram)
{
	uint64_t cpu_ns = 0;
	for (uint32_t i = 0; i < b->plan->threads; i++) {
		const struct worker *w = &b->workers[i];
		uint64_t wall_ns = (uint64_t)clock_ns(w->end - b->begin);
		r->bound += w->bound;
		r->pairs += w->pairs;
		r->nvcsw += w->used.nvcsw;
		r->nivcsw += w->used.nivcsw;
		r->run_wait_ns += w->run_wait_ns;
		r->wall_ns = wall_ns > r->wall_ns ? wall_ns : r->wall_ns;
		cpu_ns += w->used.cpu_ns;
		if (b->plan->timed)
			histogram_add(histogram, w->loop.histogram);
	}
	r->jain = jain(b);
	r->cpu_ns_per_pair = r->pairs > 0 ? (double)cpu_ns / (double)r->pairs : NAN;
}

/* Throughput: of clean windows where every thread has a CPU, else of the whole block. */
static bool throughput(const struct block *b, struct block_result *r)
{
	uint32_t threads = b->plan->threads;
	struct windows_summary summary;
	assert(threads > 0 && "a block has a thread");
	struct windows **w = calloc(threads, sizeof(struct windows *));
	if (w == NULL)
		return false;
	for (uint32_t i = 0; i < threads; i++)
		w[i] = &b->workers[i].windows;
	bool ok = windows_summarise(w, threads, &summary);
	free(w);
	if (!ok)
		return false;
	r->windows = summary.windows;
	if (threads > topology_cpus(b->plan->topology)) {
		r->windows_clean = UINT64_MAX;
		r->pairs_per_s = (double)r->pairs * 1e9 / (double)r->wall_ns;
		r->ns_per_pair = NAN;
		return true;
	}
	r->windows_clean = summary.clean;
	r->pairs_per_s = summary.pairs_per_s;
	r->ns_per_pair = 1e9 * threads / summary.pairs_per_s;
	return true;
}

static bool collect(struct block *b, struct block_result *r, struct histogram *histogram)
{
	for (uint32_t i = 0; i < b->plan->threads; i++)
		if (b->workers[i].failed)
			return false;
	add_up(b, r, histogram);
	return throughput(b, r);
}

static void free_workers(struct block *b)
{
	for (uint32_t i = 0; i < b->plan->threads; i++) {
		free(b->workers[i].loop.histogram);
		if (b->workers[i].windows.one != NULL)
			windows_fini(&b->workers[i].windows);
	}
	free(b->workers);
}

bool block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram)
{
	struct block b = {.plan = plan, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	uint64_t steal = 0;
	*result = (struct block_result){.steal_ns = UINT64_MAX};
	b.workers = aligned_alloc(_Alignof(struct worker), plan->threads * sizeof(struct worker));
	if (b.workers == NULL) {
		fprintf(stderr, "extram-bench: no memory for %u threads\n", plan->threads);
		return false;
	}
	memset(b.workers, 0, plan->threads * sizeof(struct worker));
	bool steal_known = usage_steal_ns(&steal);
	uint32_t started = start_workers(&b);
	set_state(&b, started == plan->threads ? STATE_GO : STATE_CANCEL);
	for (uint32_t i = 0; i < started; i++)
		pthread_join(b.workers[i].thread, NULL);
	if (steal_known && usage_steal_ns(&result->steal_ns))
		result->steal_ns -= steal;
	bool ok = started == plan->threads && collect(&b, result, histogram);
	if (!ok)
		fprintf(stderr, "extram-bench: a block of %u threads could not run: %s\n", plan->threads,
			started == plan->threads ? "no memory" : "the system starts no more threads");
	free_workers(&b);
	return ok;
}
