/* SPDX-License-Identifier: BSD-3-Clause */
#include "runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "build.h"
#include "clock.h"
#include "distributions.h"
#include "environment.h"
#include "gbench.h"
#include "real.h"
#include "version.h"
#include "workload.h"

/* A disturbed block is run again, for its environment and whatever it showed; but of all blocks no more than one in so many, so that a
 * crowded machine does not double the time. */
#define RETRY_ONE_IN 10

/* What google-benchmark hands to a body. */
struct job {
	struct runner *runner;
	struct cell *cell;
};

static bool stopped(const struct runner *r)
{
	/* relaxed: only has to be seen soon. */
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
	row->cas = BUILD_CAS;
	row->source = r->machine->source;
	row->unfit = r->machine->unfit;
	row->cpus = topology_cpus(r->topology);
	row->slot = r->slot;
	row->timer_step_ns = clock_facts.step_ns;
	row->timer_floor_ns = clock_facts.floor_ns;
}

static void fill_cell(struct csv_row *row, const struct cell *cell)
{
	row->workload = cell->workload->name;
	row->level = cells_level_name(cell);
	row->strategy = cells_strategy_name(cell);
	row->variant = cell->variant;
	row->fallback = cell->limit != NULL || cell->real != NULL ? CSV_EMPTY : cell->fallback;
	row->floor = cells_is_floor(cell);
	row->kind = cells_kind(cell);
	row->threads = cell->threads;
	row->placement = topology_placement_name(cell->placement);
	row->hold_ns = cell->hold_ns;
	row->think_ns = cell->think_ns;
	row->prefill = cell->prefill;
	row->rep = cell->done;
	row->waiting = cell->waiting;
	row->refill = cell->has_refill ? options_refill_name(cell->refill) : "";
	row->load = cell->has_load ? cell->load : CSV_EMPTY;
	row->arrivals = cell->has_load ? options_arrivals_name(cell->arrivals) : "";
	row->tokens = cell->tokens != 0 ? cell->tokens : CSV_EMPTY;
	if (cell->has_value)
		*(uint64_t *)((char *)row + cell->workload->axis.offset) = cell->value;
}

static bool write_row(struct runner *r, struct cell *cell, struct csv_row *row)
{
	char now[32];
	time_utc(now, sizeof(now));
	row->time_utc = now;
	bool ok = csv_write(r->csv, row);
	row->time_utc = "";
	if (!ok)
		return false;
	cell->blocks[cell->done++] = *row;
	r->slot++;
	return true;
}

static double quantity(const struct csv_row *row, const struct workload_quantity *q)
{
	return *(const double *)((const char *)row + q->offset);
}

/* For the library's own reporters: CPU time where there is no other, and every quantity of the table by its column of the CSV. */
static void tell_google(struct gbench_state *state, const struct workload *workload, const struct csv_row *row)
{
	double ns = isnan(row->ns_per_pair) ? row->cpu_ns_per_pair : row->ns_per_pair;
	gbench_set_seconds(state, isnan(ns) ? (double)row->wall_ns * 1e-9 : ns * 1e-9);
	gbench_counter(state, "pairs_per_s", row->pairs_per_s);
	for (const struct workload_quantity *q = workload->quantities; q->heading != NULL; q++)
		gbench_counter(state, q->column, quantity(row, q));
}

/* By the state before the block and after it. How long threads waited is known of all of them, or it is not known. */
static void fill_environment(struct csv_row *row, const struct runner *r, const struct workload *workload, const struct environment *state)
{
	bool loops = row->windows > 0; /* its threads look at schedstat */
	struct environment_block block = {.threads = (uint32_t)row->threads,
					  .cpus = (uint32_t)row->cpus,
					  .wall_ns = row->wall_ns,
					  .run_wait_ns = row->run_wait_ns,
					  .windows = row->windows,
					  .windows_clean = workload->clean_windows ? row->windows_clean : UINT64_MAX};
	block.foreign_share = environment_foreign(&state[0], &state[1], &block.foreign_much);
	int found = environment_judge(&block);
	row->schedstat = r->schedstat && (!loops || row->run_wait_ns != CSV_EMPTY);
	row->foreign_share = block.foreign_share;
	row->disturbed = found == ENVIRONMENT_UNKNOWN ? CSV_EMPTY : (uint64_t)found;
}

static enum workload_status run_once(struct runner *r, const struct cell *cell, struct csv_row *row, struct histogram *samples)
{
	csv_clear(row);
	*samples = (struct histogram){.total = 0};
	fill_run(row, r);
	fill_cell(row, cell);
	struct workload_run run = {.cell = cell,
				   .topology = r->topology,
				   .window_us = r->options->window_us,
				   .abort = r->interrupted,
				   .row = row,
				   .samples = samples};
	struct environment state[2];
	environment_read_here(&state[0]);
	enum workload_status status = cell->real != NULL ? real_run(&run) : cell->workload->run(&run);
	environment_read_here(&state[1]);
	fill_environment(row, r, cell->workload, state);
	if (status == WORKLOAD_NOISY)
		row->disturbed = 1;
	return status;
}

/* Runs until the environment left the block alone, or the retries are used up. */
static bool run_block(struct runner *r, const struct cell *cell, struct csv_row *row, struct histogram *samples)
{
	for (;;) {
		enum workload_status status = run_once(r, cell, row, samples);
		r->hung = r->hung || status == WORKLOAD_HUNG;
		if (status == WORKLOAD_FAILED || status == WORKLOAD_HUNG)
			return false;
		if (row->disturbed != 1 || stopped(r) || r->retries == 0)
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

static bool body(struct gbench_state *state, void *arg)
{
	const struct job *job = arg;
	struct runner *r = job->runner;
	struct csv_row row;
	if (stopped(r) || job->cell->done == job->cell->repetitions)
		return false;
	struct histogram *samples = malloc(sizeof(*samples));
	if (samples == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		r->failed++;
		return false;
	}
	progress_show(&r->progress, job->cell->name);
	bool ok = run_block(r, job->cell, &row, samples);
	r->failed += !ok;
	if (ok && !stopped(r)) /* an interrupted block is not a result */
		ok = write_row(r, job->cell, &row) && add_samples(r, job->cell, samples);
	if (ok)
		count_environment(r, &row);
	if (ok)
		tell_google(state, job->cell->workload, &row);
	progress_step(&r->progress, job->cell->block_ms);
	free(samples);
	return ok;
}

bool runner_run(struct runner *r)
{
	uint32_t blocks = 0;
	uint64_t planned_ms = 0;
	struct job *jobs = calloc(r->cells->count, sizeof(*jobs));
	if (jobs == NULL) {
		fprintf(stderr, "extram-bench: no memory for %u cells\n", r->cells->count);
		return false;
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
	gbench_run();
	progress_end(&r->progress);
	free(jobs);
	return true;
}
