/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "pace.h"
#include "spin.h"
#include "usage.h"
#include "wait.h"
#include "windows.h"

#define BATCH_NS 20000 /* the work between clock reads and checks for the end */
#define BATCH_MAX (1U << 20)

struct worker {
	struct crew_thread self;
	struct loops_thread loop;
	struct windows windows;
	uint64_t stop; /* ticks */
	bool paced;    /* the block asks for the CPU's pace after each batch */
};

/* Allocated, because the threads of a hung block keep using it. */
struct block {
	struct block_plan plan;
	bool apart; /* each thread has a core of its own */
	_Alignas(EXTRAM_APART) _Atomic uint64_t word;
};

static uint32_t window_count(const struct block_plan *plan)
{
	return plan->block_ms * 1000 / plan->window_us + 1;
}

static uint32_t next_batch(uint32_t batch, uint64_t took)
{
	if (took < clock_ticks(BATCH_NS) / 2)
		return batch < BATCH_MAX ? batch * 2 : batch;
	return took > clock_ticks(BATCH_NS) * 2 && batch > 1 ? batch / 2 : batch;
}

/* Pairs to run before the next clock read. 0: stop. */
static uint64_t left(const struct worker *w, const struct block_plan *plan, uint64_t batch, uint64_t now)
{
	/* relaxed: a flag; no data goes with it. */
	if (atomic_load_explicit(plan->abort, memory_order_relaxed))
		return 0;
	if (plan->pairs == 0)
		return now < w->stop ? batch : 0;
	uint64_t rest = plan->pairs - crew_pairs(&w->self);
	return rest < batch ? rest : batch;
}

static void run_until_end(struct worker *w, const struct block_plan *plan)
{
	uint32_t batch = 1;
	uint64_t now = clock_now();
	for (uint64_t pairs; (pairs = left(w, plan, batch, now)) > 0;) {
		plan->run(&w->loop, pairs);
		uint64_t then = now;
		now = clock_now();
		crew_add_pairs(&w->self, pairs);
		windows_batch(&w->windows, pairs, now);
		batch = next_batch(batch, now - then);
		if (w->paced) {
			bool alone = pace_alone();
			now = clock_now();
			windows_pace(&w->windows, alone, now);
		}
	}
	w->self.end = now;
}

static bool prepare(struct worker *w, const struct block_plan *plan)
{
	w->loop.rt = plan->rt;
	w->loop.context = plan->context;
	w->loop.index = w->self.index;
	w->loop.random = 0x9e3779b97f4a7c15U * (w->self.index + 1); /* Fibonacci hashing: well spread, and never 0 */
	w->loop.hold = spin_mean(plan->hold_ns);
	w->loop.think = spin_mean(plan->think_ns);
	w->loop.countdown = LOOPS_TIMED_ONE_IN;
	w->loop.plant = (uint64_t)((double)plan->plant_ps * spin_rounds_per_us / 1e6 * LOOPS_PLANT_ROUND + 0.5);
	/* First touched by its own thread, so that the memory is near its CPU. */
	w->loop.histogram = plan->timed ? calloc(1, sizeof(struct histogram)) : NULL;
	return w->loop.histogram != NULL || !plan->timed;
}

/* Events would count in the probes, too. Equal work for two builds has no windows. */
static bool asks_for_pace(const struct worker *w, const struct block *b)
{
	return b->apart && w->self.bound && b->plan.pairs == 0 && counters_in_use == NULL;
}

static bool measure(struct worker *w, struct block *b)
{
	const struct block_plan *plan = &b->plan;
	uint64_t window = clock_ticks(plan->window_us * 1000.0);
	_Alignas(EXTRAM_APART) _Atomic uint64_t own = 0;
	if (!windows_init(&w->windows, window_count(plan), w->self.begin, window))
		return false;
	w->stop = w->self.begin + window_count(plan) * window;
	w->paced = asks_for_pace(w, b);
	w->loop.shared = plan->shared ? &b->word : &own;
	if (plan->enter != NULL && !plan->enter(&w->loop))
		return false;
	while (clock_now() < w->self.begin)
		EXTRAM_YIELD();
	crew_usage_begin(&w->self, w->windows.schedstat);
	run_until_end(w, plan);
	crew_usage_end(&w->self, w->windows.schedstat);
	if (plan->leave != NULL)
		plan->leave(&w->loop);
	return true;
}

static void work(struct crew_thread *t)
{
	struct worker *w = (struct worker *)t;
	struct block *b = t->context;
	t->failed = !prepare(w, &b->plan);
	if (crew_ready(t) && !t->failed) {
		crew_phase(t, "is in the loop");
		t->failed = !measure(w, b);
	}
	crew_phase(t, "leaves the list");
	if (b->plan.rt != NULL)
		b->plan.rt->strategy->thread_exit(b->plan.rt->list);
}

/* Throughput: of the clean windows if every thread has a CPU, otherwise of the whole block. */
static bool throughput(const struct crew *crew, const struct block_plan *plan, struct block_result *r)
{
	uint32_t threads = plan->threads;
	struct windows_summary summary;
	assert(threads > 0 && "a block has a thread");
	struct windows **w = calloc(threads, sizeof(struct windows *));
	if (w == NULL)
		return false;
	for (uint32_t i = 0; i < threads; i++)
		w[i] = &((struct worker *)crew_at(crew, i))->windows;
	bool ok = windows_summarise(w, threads, &summary);
	free(w);
	if (!ok)
		return false;
	r->windows = summary.windows;
	if (threads > topology_cpus(plan->topology)) {
		r->windows_clean = UINT64_MAX;
		r->windows_alone = UINT64_MAX;
		r->pairs_per_s = (double)r->total.pairs * 1e9 / (double)r->total.wall_ns;
		r->ns_per_pair = NAN;
		return true;
	}
	r->windows_clean = summary.clean;
	r->windows_alone = summary.alone;
	r->pairs_per_s = summary.pairs_per_s;
	r->ns_per_pair = 1e9 * threads / summary.pairs_per_s;
	return true;
}

static enum block_status collect(const struct crew *crew, const struct block_plan *plan, struct block_result *r,
				 struct histogram *histogram)
{
	for (uint32_t i = 0; plan->timed && i < plan->threads; i++)
		histogram_add(histogram, ((const struct worker *)crew_at(crew, i))->loop.histogram);
	r->cpu_ns_per_pair = r->total.pairs > 0 ? (double)r->total.cpu_ns / (double)r->total.pairs : NAN;
	if (throughput(crew, plan, r))
		return BLOCK_DONE;
	fprintf(stderr, "extram-bench: no memory for the windows of a block of %u threads\n", plan->threads);
	return BLOCK_FAILED;
}

static void free_all(struct crew *crew, struct block *b)
{
	for (uint32_t i = 0; crew != NULL && i < b->plan.threads; i++) {
		struct worker *w = crew_at(crew, i);
		free(w->loop.histogram);
		if (w->windows.one != NULL)
			windows_fini(&w->windows);
	}
	crew_free(crew);
	free(b);
}

enum block_status block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram)
{
	struct block *b = aligned_alloc(_Alignof(struct block), sizeof(*b));
	if (b == NULL) {
		fprintf(stderr, "extram-bench: no memory for a block\n");
		return BLOCK_FAILED;
	}
	*b = (struct block){.plan = *plan, .apart = topology_apart(plan->topology, plan->placement, plan->threads)};
	struct crew *crew = crew_new(&(const struct crew_plan){.body = work,
							       .context = b,
							       .bytes = sizeof(struct worker),
							       .topology = plan->topology,
							       .placement = plan->placement,
							       .threads = plan->threads,
							       .block_ms = plan->block_ms,
							       .patience_ms = plan->patience_ms});
	enum block_status status = crew != NULL ? crew_run(crew, &result->total) : BLOCK_FAILED;
	if (status == BLOCK_DONE)
		status = collect(crew, plan, result, histogram);
	if (status != BLOCK_HUNG)
		free_all(crew, b);
	return status;
}
