/* SPDX-License-Identifier: BSD-3-Clause */
#include "runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "distributions.h"
#include "environment.h"
#include "gbench.h"
#include "options.h"
#include "real.h"
#include "screen.h"
#include "spin.h"
#include "version.h"
#include "windows.h"
#include "workload.h"

/*
 * A disturbed block is rerun. The environment alone decides, never the block's result. At most one
 * block in this many is rerun, so that a busy machine does not double the time. No block uses up
 * the reruns of the others.
 */
#define RETRY_ONE_IN 4
#define TRIES 3
/* For the blocks, whatever was spent before. */
#define SECONDS_LEAST 0.1

/* The argument of a google-benchmark body. */
struct job {
	struct runner *runner;
	struct cell *cell;
};

static bool stopped(const struct runner *r)
{
	/* relaxed: a flag; no data goes with it. */
	return r->hung || r->csv->failed || atomic_load_explicit(r->interrupted, memory_order_relaxed);
}

static void time_utc(char *text, size_t bytes)
{
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(text, bytes, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void fill_run(struct csv_row *row, const struct runner *r)
{
	row->schema = EXTRAM_SCHEMA;
	row->run_id = r->run_id;
	row->git_rev = VERSION_GIT_REV;
	row->build_id = r->machine->build_id;
	row->fingerprint = r->machine->fingerprint;
	row->arch = r->machine->arch;
	row->cpu_model = r->machine->cpu_model;
	row->source = r->machine->source;
	row->unfit = r->machine->unfit;
	row->cpus = topology_cpus(r->topology);
	row->slot = r->slot;
	row->timer_step_ns = clock_facts.step_ns;
	row->timer_floor_ns = clock_facts.floor_ns;
}

static bool write_row(struct runner *r, struct cell *cell, struct csv_row *row)
{
	char now[32];
	time_utc(now, sizeof(now));
	row->time_utc = now;
	bool ok = csv_write(r->csv, row) && rows_add(r->rows, row);
	row->time_utc = "";
	cell->done += ok;
	r->slot += ok;
	return ok;
}

static double quantity(const struct csv_row *row, const struct workload_quantity *q)
{
	return *(const double *)((const char *)row + q->offset);
}

/*
 * For the library's reporters: every quantity of the table, by its CSV column. The time is CPU time
 * if there is no other.
 */
static void tell_google(struct gbench_state *state, const struct workload *workload, const struct csv_row *row)
{
	double ns = isnan(row->ns_per_pair) ? row->cpu_ns_per_pair : row->ns_per_pair;
	gbench_set_seconds(state, isnan(ns) ? (double)row->wall_ns * 1e-9 : ns * 1e-9);
	gbench_counter(state, "pairs_per_s", row->pairs_per_s);
	for (const struct workload_quantity *q = workload->quantities; q->heading != NULL; q++)
		gbench_counter(state, q->column, quantity(row, q));
}

/*
 * Judges by the states before and after the block. The waiting time is known only if it is known
 * for all threads. It does not count for a real runtime: that runtime's own threads take CPUs from
 * the block's.
 */
static void fill_environment(struct csv_row *row, const struct runner *r, const struct cell *cell, const struct environment *state)
{
	bool loops = row->windows > 0; /* its threads read schedstat */
	struct environment_block block = {.threads = (uint32_t)row->threads,
					  .cpus = (uint32_t)row->cpus,
					  .wall_ns = row->wall_ns,
					  .run_wait_ns = cell->real == NULL ? row->run_wait_ns : UINT64_MAX,
					  .windows = row->windows,
					  .windows_clean =
					      cell->workload->clean_windows && cell->real == NULL ? row->windows_clean : UINT64_MAX,
					  .shared = windows_shared(row->windows, row->windows_alone)};
	block.foreign_share = environment_foreign(&state[0], &state[1], &block.foreign_much);
	int found = environment_judge(&block);
	row->schedstat = r->schedstat && (!loops || row->run_wait_ns != CSV_EMPTY);
	row->foreign_share = block.foreign_share;
	row->disturbed = found == ENVIRONMENT_UNKNOWN ? CSV_EMPTY : (uint64_t)found;
}

static enum block_status run_once(struct runner *r, const struct cell *cell, struct csv_row *row, struct histogram *samples)
{
	csv_clear(row);
	*samples = (struct histogram){.total = 0};
	fill_run(row, r);
	cells_fill(row, cell);
	struct workload_run run = {.cell = cell,
				   .topology = r->topology,
				   .window_us = r->options->window_us,
				   .abort = r->interrupted,
				   .row = row,
				   .samples = samples};
	struct environment state[2];
	spin_follow();
	environment_read_here(&state[0]);
	enum block_status status = cell->real != NULL ? real_run(&run) : cell->workload->run(&run);
	environment_read_here(&state[1]);
	fill_environment(row, r, cell, state);
	if (status == BLOCK_NOISY)
		row->disturbed = 1;
	return status;
}

/* Runs the block until it is not disturbed, or no retries are left for it. */
static bool run_block(struct runner *r, const struct cell *cell, struct csv_row *row, struct histogram *samples)
{
	for (uint32_t tries = 1;; tries++) {
		enum block_status status = run_once(r, cell, row, samples);
		if (status == BLOCK_HUNG) {
			fprintf(stderr, "extram-bench: it hangs in %s\n", cell->name);
			r->hung = true;
		}
		if (status == BLOCK_FAILED || status == BLOCK_HUNG)
			return false;
		if (row->disturbed != 1 || stopped(r) || r->retries == 0 || tries == TRIES)
			return true;
		r->retries--;
	}
}

static void count_environment(struct runner *r, const struct csv_row *row)
{
	r->disturbed += row->disturbed == 1;
	r->untold += row->disturbed == CSV_EMPTY;
	r->unfiltered += row->schedstat == 0;
}

static bool add_samples(struct runner *r, const struct cell *cell, const struct histogram *samples)
{
	if (samples->total == 0 || distributions_add(r->distributions, cell, samples))
		return true;
	r->tails_lost = true;
	return false;
}

static double seconds_since(uint64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) * 1e-9;
}

static bool run_cell(struct runner *r, struct cell *cell, struct csv_row *row)
{
	struct histogram *samples = malloc(sizeof(*samples));
	if (samples == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		r->failed++;
		return false;
	}
	bool ok = run_block(r, cell, row, samples);
	r->failed += !ok;
	if (ok && !stopped(r)) /* an interrupted block is not a result */
		ok = write_row(r, cell, row) && add_samples(r, cell, samples);
	if (ok)
		count_environment(r, row);
	free(samples);
	return ok;
}

static enum gbench_outcome body(struct gbench_state *state, void *arg)
{
	const struct job *job = arg;
	struct runner *r = job->runner;
	struct csv_row row;
	uint32_t index = (uint32_t)(job->cell - r->cells->all);
	uint64_t start_ns = clock_monotonic_ns();
	if (stopped(r) || !budget_due(&r->budget, r->cells, index, seconds_since(r->start_ns)))
		return GBENCH_LEFT_OUT;
	progress_show(&r->progress, job->cell->name, budget_left(&r->budget, r->cells, seconds_since(r->start_ns)));
	bool ok = run_cell(r, job->cell, &row);
	if (ok)
		tell_google(state, job->cell->workload, &row);
	budget_spend(&r->budget, index, seconds_since(start_ns));
	progress_step(&r->progress);
	r->ran++;
	return ok ? GBENCH_DONE : GBENCH_FAILED;
}

/* Shows the table so far, if there is room. */
static void show_table(struct runner *r)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = progress_wants_table(&r->progress) ? open_memstream(&text, &bytes) : NULL;
	if (f == NULL)
		return;
	uint32_t lines = screen_table(f, r->rows);
	if (fclose(f) == 0)
		progress_table(&r->progress, text, lines);
	free(text);
}

double runner_seconds(const struct options *o)
{
	static const double usual[WORKLOAD_SETS] = {[WORKLOAD_DEFAULT] = 240, [WORKLOAD_SMOKE] = 25};
	bool free_choice = o->seconds == 0 && o->repetitions == 0 && o->replay == NULL;
	return free_choice ? usual[o->set] : o->seconds;
}

/* The wish for the planner, from the options. */
static struct budget_wish wish(const struct runner *r)
{
	const struct options *o = r->options;
	double seconds = runner_seconds(o);
	return (struct budget_wish){.seconds = seconds > 0 ? fmax(seconds - r->spent_s, SECONDS_LEAST) : 0,
				    .open_ended = o->seconds > 0,
				    .fixed_block = o->block_ms != 0,
				    .fixed_repetitions = o->repetitions != 0};
}

double runner_estimate(struct cells *cells, const struct options *options)
{
	const struct runner r = {.options = options};
	const struct budget_wish wanted = wish(&r);
	struct budget budget;
	if (!budget_plan(&budget, cells, &wanted))
		return 0;
	double seconds = budget_left(&budget, cells, 0);
	budget_free(&budget);
	return seconds;
}

/* Each round runs the blocks of each due cell, in random order. */
static bool run_rounds(struct runner *r)
{
	if (!gbench_begin())
		return false;
	progress_begin(&r->progress, r->budget.seconds > 0 ? 0 : budget_blocks(&r->budget, r->cells));
	r->retries = budget_blocks(&r->budget, r->cells) / RETRY_ONE_IN;
	r->start_ns = clock_monotonic_ns();
	do {
		r->ran = 0;
		gbench_round();
		show_table(r);
	} while (r->ran > 0 && !stopped(r));
	progress_end(&r->progress);
	return gbench_end();
}

bool runner_run(struct runner *r)
{
	struct job *jobs = calloc(r->cells->count, sizeof(*jobs));
	const struct budget_wish wanted = wish(r);
	if (jobs == NULL) {
		fprintf(stderr, "extram-bench: no memory for %u cells\n", r->cells->count);
		return false;
	}
	bool ok = budget_plan(&r->budget, r->cells, &wanted);
	for (uint32_t i = 0; i < r->cells->count && ok; i++) {
		jobs[i] = (struct job){r, &r->cells->all[i]};
		for (uint32_t k = 0; k < r->cells->all[i].in_round; k++)
			gbench_register(r->cells->all[i].name, body, &jobs[i]);
	}
	ok = ok && run_rounds(r);
	budget_free(&r->budget);
	free(jobs);
	return ok;
}
