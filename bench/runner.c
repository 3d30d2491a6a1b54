/* SPDX-License-Identifier: BSD-3-Clause */
#include "runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "block.h"
#include "clock.h"
#include "distributions.h"
#include "gbench.h"
#include "version.h"

/* A block without enough clean windows is run again, for its environment and whatever it showed; but of all blocks no more than one in so
 * many, so that a crowded machine does not double the time. */
#define RETRY_ONE_IN 10

/* What google-benchmark hands to a body. */
struct job {
	struct runner *runner;
	struct cell *cell;
};

/* One block, done. */
struct outcome {
	struct block_result block;
	struct histogram *histogram; /* NULL if not timed */
	const char *variant;
	uint32_t created, retained;
	double bytes_per_m;
};

static bool stopped(const struct runner *r)
{
	/* relaxed: only has to be seen soon. */
	return r->hung || r->csv->failed || atomic_load_explicit(r->interrupted, memory_order_relaxed);
}

static bool is_timed(const struct cell *cell)
{
	return cell->workload == CELLS_LATENCY || cell->workload == CELLS_OVERSUB;
}

static loops_run *loop_of(const struct cell *cell)
{
	if (cell->limit != NULL)
		return cell->limit->run;
	int kind = (cell->level == RIG_CALLBACK ? LOOPS_CALLBACK : 0) | (cell->hold_ns + cell->think_ns > 0 ? LOOPS_SPIN : 0) |
		   (is_timed(cell) ? LOOPS_TIMED : 0);
	return cell->loops->run[kind];
}

static struct block_plan plan_of(const struct runner *r, const struct cell *cell, struct needm_runtime *rt)
{
	return (struct block_plan){
	    .run = loop_of(cell),
	    .rt = rt,
	    .topology = r->topology,
	    .placement = cell->placement,
	    .threads = cell->threads,
	    .hold_ns = cell->hold_ns,
	    .think_ns = cell->think_ns,
	    .block_ms = cell->block_ms,
	    .window_us = r->options->window_us,
	    .timed = is_timed(cell),
	    .shared = cell->limit != NULL && cell->limit->shared,
	    .abort = r->interrupted,
	};
}

/* True: done. A hung block ends the run. */
static bool judge(struct runner *r, enum block_status status)
{
	r->hung = r->hung || status == BLOCK_HUNG;
	return status == BLOCK_DONE;
}

/* Runs a strategy's block on a fresh list, and checks that no m was lost. */
static bool run_strategy(struct runner *r, const struct cell *cell, struct outcome *o)
{
	const struct extram_strategy *strategy = cell->loops->strategy;
	struct rig *rig = rig_new(strategy, cell->level, cell->prefill);
	if (rig == NULL)
		return false;
	struct block_plan plan = plan_of(r, cell, &rig->rt);
	bool ok = judge(r, block_run(&plan, &o->block, o->histogram));
	if (r->hung)
		return false; /* its threads are still on the list */
	o->variant = strategy->variant(rig->rt.list);
	o->created = rig_created(rig);
	o->retained = strategy->length(rig->rt.list);
	o->bytes_per_m = (double)arena_allocated(&rig->arena) / o->created;
	ok = ok && rig_conserved(rig);
	rig_free(rig);
	return ok;
}

static bool run_limit(struct runner *r, const struct cell *cell, struct outcome *o)
{
	struct block_plan plan = plan_of(r, cell, NULL);
	o->variant = "";
	o->bytes_per_m = NAN;
	return judge(r, block_run(&plan, &o->block, NULL));
}

static bool has_throughput(const struct outcome *o)
{
	return o->block.windows_clean == UINT64_MAX || !isnan(o->block.pairs_per_s);
}

static double quantile(const struct histogram *h, double q)
{
	return h != NULL && histogram_enough(h, q) ? clock_ns(histogram_quantile(h, q)) : NAN;
}

static void time_utc(char *text, size_t bytes)
{
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(text, bytes, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void fill_cell(struct csv_row *row, const struct runner *r, const struct cell *cell)
{
	row->schema = EXTRAM_SCHEMA;
	row->run_id = r->run_id;
	row->git_rev = VERSION_GIT_REV;
	row->build_id = r->machine->build_id;
	row->fingerprint = r->machine->fingerprint;
	row->arch = r->machine->arch;
	row->cpu_model = r->machine->cpu_model;
	row->source = r->machine->source;
	row->workload = options_workload_name(cell->workload);
	row->level = cells_level_name(cell);
	row->strategy = cells_strategy_name(cell);
	row->floor = cells_is_floor(cell);
	row->threads = cell->threads;
	row->cpus = topology_cpus(r->topology);
	row->placement = topology_placement_name(cell->placement);
	row->hold_ns = cell->hold_ns;
	row->think_ns = cell->think_ns;
	row->prefill = cell->prefill;
	row->rep = cell->done;
	row->slot = r->slot;
	row->timer_step_ns = clock_facts.step_ns;
	row->timer_floor_ns = clock_facts.floor_ns;
}

static void fill_block(struct csv_row *row, const struct outcome *o)
{
	const struct block_result *b = &o->block;
	bool timed = o->histogram != NULL;
	row->variant = o->variant;
	row->bound = b->bound;
	row->windows = b->windows;
	row->windows_clean = b->windows_clean;
	row->pairs = b->pairs;
	row->wall_ns = b->wall_ns;
	/* A loop that reads the clock for every eighth pair says nothing about what a pair costs. */
	row->ns_per_pair = timed ? NAN : b->ns_per_pair;
	row->pairs_per_s = b->pairs_per_s;
	row->cpu_ns_per_pair = b->cpu_ns_per_pair;
	row->jain = b->jain;
	row->ms_created = o->created;
	row->ms_retained = o->retained;
	row->bytes_per_m = o->bytes_per_m;
	row->nvcsw = b->nvcsw;
	row->nivcsw = b->nivcsw;
	row->run_wait_ns = b->run_wait_ns;
	row->steal_ns = b->steal_ns;
}

static void fill_tail(struct csv_row *row, const struct histogram *h)
{
	row->p50_ns = quantile(h, 0.5);
	row->p90_ns = quantile(h, 0.9);
	row->p99_ns = quantile(h, 0.99);
	row->p999_ns = quantile(h, 0.999);
	row->p9999_ns = quantile(h, 0.9999);
	row->max_ns = h != NULL && h->total > 0 ? clock_ns(h->max) : NAN;
	row->samples = h != NULL ? h->total : CSV_EMPTY;
}

static bool write_row(struct runner *r, struct cell *cell, const struct outcome *o)
{
	struct csv_row row = {0};
	char now[32];
	time_utc(now, sizeof(now));
	row.time_utc = now;
	fill_cell(&row, r, cell);
	fill_block(&row, o);
	fill_tail(&row, o->histogram);
	cell->blocks[cell->done] =
	    (struct cell_block){row.ns_per_pair, row.pairs_per_s, row.cpu_ns_per_pair, row.jain, row.p50_ns, row.p999_ns, row.max_ns};
	if (!csv_write(r->csv, &row))
		return false;
	cell->done++;
	r->slot++;
	return true;
}

static void tell_google(struct gbench_state *state, const struct outcome *o)
{
	gbench_set_seconds(state, isnan(o->block.ns_per_pair) ? o->block.cpu_ns_per_pair * 1e-9 : o->block.ns_per_pair * 1e-9);
	gbench_counter(state, "pairs_per_s", o->block.pairs_per_s);
	gbench_counter(state, "cpu_ns_per_pair", o->block.cpu_ns_per_pair);
	gbench_counter(state, "jain", o->block.jain);
}

/* Runs until the environment left enough clean windows, or the retries are used up. */
static bool run_block(struct runner *r, const struct cell *cell, struct outcome *o)
{
	for (;;) {
		if (o->histogram != NULL)
			*o->histogram = (struct histogram){.total = 0};
		if (!(cell->limit != NULL ? run_limit(r, cell, o) : run_strategy(r, cell, o)))
			return false;
		if (has_throughput(o) || stopped(r))
			return true;
		if (r->retries == 0)
			break;
		r->retries--;
	}
	r->noisy++;
	return true;
}

static bool body(struct gbench_state *state, void *arg)
{
	const struct job *job = arg;
	struct runner *r = job->runner;
	struct outcome o = {.histogram = NULL};
	if (stopped(r) || job->cell->done == job->cell->repetitions)
		return false;
	progress_show(&r->progress, job->cell->name);
	if (is_timed(job->cell) && (o.histogram = malloc(sizeof(*o.histogram))) == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		return false;
	}
	bool ok = run_block(r, job->cell, &o);
	r->failed += !ok;
	if (ok && !stopped(r)) /* an interrupted block is not a result */
		ok = write_row(r, job->cell, &o) && (o.histogram == NULL || distributions_add(r->distributions, job->cell, o.histogram));
	if (ok)
		tell_google(state, &o);
	progress_step(&r->progress, job->cell->block_ms);
	free(o.histogram);
	return ok;
}

void runner_run(struct runner *r)
{
	uint32_t blocks = 0;
	uint64_t planned_ms = 0;
	struct job *jobs = calloc(r->cells->count, sizeof(*jobs));
	if (jobs == NULL) {
		fprintf(stderr, "extram-bench: no memory for %u cells\n", r->cells->count);
		r->failed++;
		return;
	}
	for (uint32_t i = 0; i < r->cells->count; i++) {
		struct cell *cell = &r->cells->all[i];
		jobs[i] = (struct job){r, cell};
		gbench_register(cell->name, body, &jobs[i], (int)cell->repetitions);
		blocks += cell->repetitions;
		planned_ms += (uint64_t)cell->repetitions * cell->block_ms;
	}
	r->retries = blocks / RETRY_ONE_IN;
	progress_begin(&r->progress, blocks, planned_ms);
	gbench_run(NULL);
	progress_end(&r->progress);
	free(jobs);
}
