/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "lacks.h"
#include "questions.h"
#include "variants.h"

/*
 * New threads at once. golang/go issue 13926 occurred with a few hundred. A block of 1000 polling
 * threads takes seconds.
 */
#define CROWD 256
#define SMOKE_CROWD 64

const struct workload *const workload_all[] = {
#define WORKLOAD(name) &workload_##name,
#include "workloads.def"
#undef WORKLOAD
    NULL,
};

int workload_find(const char *name)
{
	for (int i = 0; workload_all[i] != NULL; i++)
		if (strcmp(workload_all[i]->name, name) == 0)
			return i;
	return -1;
}

/* The most threads per CPU for a strategy in a workload. */
static uint32_t threads_max(const struct workload *workload, const struct extram_strategy *strategy)
{
	if ((strategy->properties & EXTRAM_CPU_EACH) != 0)
		return 1;
	if ((strategy->properties & EXTRAM_FIFO) != 0)
		return workload->fifo_max != 0 ? workload->fifo_max : WORKLOAD_FIFO_MAX;
	return UINT32_MAX;
}

bool workload_fits(const struct cell *cell, uint32_t cpus)
{
	const struct extram_strategy *s = cell->strategy;
	if (cell->real != NULL && cell->refill != NEEDM_REFILL_GO)
		return false;
	return s == NULL ||
	       ((s->capacity == 0 || cell->prefill <= s->capacity) && cell->threads <= (uint64_t)threads_max(cell->workload, s) * cpus);
}

struct axes_list workload_thread_counts(const struct workload_group *group, uint64_t cpus)
{
	struct axes_list list = {.count = 0};
	enum workload_threads rule = group->threads;
	if (rule == WORKLOAD_ONE || rule == WORKLOAD_ENDS || rule == WORKLOAD_SCALE)
		axes_append(&list, 1);
	if (rule == WORKLOAD_CONTENDED && cpus > 1)
		axes_append(&list, 2);
	if (rule == WORKLOAD_CONTENDED && cpus / 2 > 1)
		axes_append(&list, cpus / 2);
	for (uint64_t n = 2; rule == WORKLOAD_SCALE && n < cpus; n *= 2)
		axes_append(&list, n);
	if (rule == WORKLOAD_ENDS || rule == WORKLOAD_SCALE || rule == WORKLOAD_CPUS || (rule == WORKLOAD_CONTENDED && cpus > 1))
		axes_append(&list, cpus);
	for (uint64_t n = 2; rule == WORKLOAD_OVER_ALL && n < 32; n *= 2)
		axes_append(&list, n * cpus);
	if (rule == WORKLOAD_OVER)
		axes_append(&list, 4 * cpus);
	if (rule == WORKLOAD_OVER || rule == WORKLOAD_OVER_MOST || rule == WORKLOAD_OVER_ALL)
		axes_append(&list, 32 * cpus);
	for (int i = 0; rule == WORKLOAD_COUNTS && i < WORKLOAD_VALUES && group->counts[i] != 0; i++)
		axes_append(&list, group->counts[i]);
	return list;
}

/* In one package of several caches, scattered threads are across caches. */
static bool calibrates_at(enum topology_placement placement, const struct topology *topology)
{
	const char *why;
	if (placement == TOPOLOGY_SCATTER)
		return topology_can(topology, TOPOLOGY_WITHIN_L3, &why) && !topology_can(topology, TOPOLOGY_WITHIN_PACKAGE, &why);
	return placement == TOPOLOGY_WITHIN_L3 || placement == TOPOLOGY_WITHIN_PACKAGE || placement == TOPOLOGY_ACROSS_PACKAGE;
}

bool workload_sweeps(const struct workload_group *group, enum topology_placement placement, const struct topology *topology)
{
	const char *why;
	bool wanted = group->all_placements || (group->calibrates && calibrates_at(placement, topology));
	return wanted && topology_can(topology, placement, &why);
}

struct workload_group workload_question(const struct workload *workload, const struct question *question, bool smoke)
{
	static const enum workload_threads threads[] = {WORKLOAD_ONE, WORKLOAD_SCALE, WORKLOAD_OVER_MOST, WORKLOAD_COUNTS};
	unsigned level = 1U << axes_word(AXES_level, question->level);
	const struct workload_group *like = workload->groups;
	while (like->repetitions != 0 && (like->set != WORKLOAD_FIELD || (like->levels & level) == 0))
		like++;
	struct workload_group group = *like;
	group.set = WORKLOAD_DEFAULT;
	group.levels = level;
	group.threads = threads[question->threads];
	group.counts[0] = smoke ? SMOKE_CROWD : CROWD;
	group.counts[1] = 0;
	group.gaps[0].hold_ns = group.gaps[0].think_ns = question->work_ns;
	group.gap_count = 1;
	group.prefill = question->prefill;
	group.repetitions = 1;
	group.block_ms = question->block_ms;
	group.in_round = question->in_round;
	return group;
}

bool workload_allows(const struct workload *workload, uint64_t threads, uint32_t cpus)
{
	uint64_t limit = (uint64_t)workload->threads_max * cpus;
	if (limit == 0 || threads <= limit)
		return true;
	fprintf(stderr, "extram-bench: %" PRIu64 " threads are too many for %s: the limit is %" PRIu64 ", %" PRIu32 " per CPU\n", threads,
		workload->name, limit, workload->threads_max);
	return false;
}

struct rig *workload_rig(const struct workload_run *run)
{
	const struct cell *cell = run->cell;
	return rig_new(&(const struct rig_plan){.strategy = cell->strategy,
						.level = cell->level,
						.prefill = cell->prefill,
						.topology = run->topology,
						.placement = cell->placement,
						.homed = (cell->given & (1U << AXES_home)) != 0,
						.home = (uint32_t)cell->home,
						.layout = (enum needm_layout)cell->layout});
}

/* No thread may use the rig. */
static void fill_rig(struct csv_row *row, struct rig *rig)
{
	const struct extram_strategy *strategy = rig->rt.strategy;
	row->variant = strategy->variant(rig->rt.list);
	row->fallback = variants_is_fallback(strategy, row->variant);
	row->ms_created = rig_created(rig);
	/*
	 * A list that cannot count its ms has all of them, or the block has no row: see
	 * rig_conserved.
	 */
	bool counts = (strategy->properties & EXTRAM_NO_LENGTH) == 0;
	row->ms_retained = counts ? strategy->length(rig->rt.list) : row->ms_created;
	row->bytes_per_m = (double)rig_bytes(rig) / (double)row->ms_created;
}

enum block_status workload_call(struct workload_run *run, struct rig *rig, workload_body *body, size_t bytes)
{
	void *context = calloc(1, bytes);
	if (context == NULL && bytes > 0) {
		fprintf(stderr, "extram-bench: no memory for a block\n");
		return BLOCK_FAILED;
	}
	enum block_status status = body(run, rig, context);
	if (status != BLOCK_HUNG)
		free(context);
	return status;
}

enum block_status workload_on_rig(struct workload_run *run, workload_body *body, size_t bytes)
{
	struct rig *rig = workload_rig(run);
	if (rig == NULL)
		return BLOCK_FAILED;
	enum block_status status = workload_call(run, rig, body, bytes);
	if (status == BLOCK_HUNG)
		return status; /* hung threads still use the list */
	fill_rig(run->row, rig);
	if (status != BLOCK_FAILED && !rig_conserved(rig))
		status = BLOCK_FAILED;
	rig_free(rig);
	return status;
}

struct block_plan workload_block_plan(const struct workload_run *run, struct rig *rig, int kind)
{
	const struct cell *cell = run->cell;
	kind |= cell->level == RIG_CALLBACK ? LOOPS_CALLBACK : 0;
	kind |= cell->hold_ns + cell->think_ns > 0 ? LOOPS_SPIN : 0;
	return (struct block_plan){
	    .run = cell->limit != NULL ? cell->limit->run : cell->loops->run[kind],
	    .rt = rig != NULL ? &rig->rt : NULL,
	    .topology = run->topology,
	    .placement = cell->placement,
	    .threads = cell->threads,
	    .hold_ns = cell->hold_ns,
	    .think_ns = cell->think_ns,
	    .block_ms = cell->block_ms,
	    .window_us = run->window_us,
	    .timed = (kind & LOOPS_TIMED) != 0,
	    .shared = cell->limit != NULL && cell->limit->shared,
	    .abort = run->abort,
	};
}

struct crew_plan workload_burst_plan(const struct workload_run *run)
{
	return (struct crew_plan){.topology = run->topology, .placement = run->cell->placement, .threads = run->cell->threads};
}

/* Events a pair; empty columns where nothing was counted. */
static void fill_counters(struct csv_row *row, const struct crew_total *total)
{
	const struct counters *in_use = counters_in_use;
	const struct counters_total *sums = &total->counters;
	double *const of_role[] = {&row->cycles_per_pair, &row->instructions_per_pair, &row->cache_misses_per_pair,
				   &row->modified_elsewhere_per_pair};
	double *const other[COUNTERS_OTHERS] = {&row->event1_per_pair, &row->event2_per_pair, &row->event3_per_pair, &row->event4_per_pair};
	if (in_use == NULL || sums->enabled_ns == 0 || total->pairs == 0)
		return;
	row->events = counters_names(in_use);
	row->counted_share = counters_share(sums);
	for (enum counters_role role = 0; role < COUNTERS_OTHER; role++)
		*of_role[role] = counters_sum(sums, counters_find(in_use, role, 0)) / (double)total->pairs;
	for (uint32_t i = 0; i < COUNTERS_OTHERS; i++)
		*other[i] = counters_sum(sums, counters_find(in_use, COUNTERS_OTHER, i)) / (double)total->pairs;
}

void workload_fill_total(struct csv_row *row, const struct crew_total *total)
{
	row->bound = total->bound;
	row->pairs = total->pairs;
	row->wall_ns = total->wall_ns;
	row->nvcsw = total->nvcsw;
	row->nivcsw = total->nivcsw;
	row->run_wait_ns = total->run_wait_ns;
	row->steal_ns = total->steal_ns;
	fill_counters(row, total);
}

void workload_fill_block(struct csv_row *row, const struct block_result *result)
{
	workload_fill_total(row, &result->total);
	row->windows = result->windows;
	row->windows_clean = result->windows_clean;
	row->windows_alone = result->windows_alone;
	row->pairs_per_s = result->pairs_per_s;
	row->cpu_ns_per_pair = result->cpu_ns_per_pair;
	row->jain = result->total.jain;
}

void workload_fill_burst(struct csv_row *row, const struct burst_result *result)
{
	workload_fill_total(row, &result->total);
	row->windows = 0;
	row->cpu_ns_per_pair = (double)result->total.cpu_ns / (double)result->total.pairs;
	row->all_in_ms = result->all_in_ms;
}

double workload_quantile(const struct histogram *h, double q)
{
	return histogram_enough(h, q) ? clock_ns(histogram_quantile(h, q)) : NAN;
}

void workload_fill_tail(struct csv_row *row, const struct histogram *h)
{
	row->p50_ns = workload_quantile(h, 0.5);
	row->p90_ns = workload_quantile(h, 0.9);
	row->p99_ns = workload_quantile(h, 0.99);
	row->p999_ns = workload_quantile(h, 0.999);
	row->p9999_ns = workload_quantile(h, 0.9999);
	row->max_ns = h->total > 0 ? clock_ns(h->max) : NAN;
	row->samples = h->total;
}

void workload_fill_responses(struct csv_row *row, const struct histogram *h)
{
	row->resp_p50_ns = workload_quantile(h, 0.5);
	row->resp_p90_ns = workload_quantile(h, 0.9);
	row->resp_p99_ns = workload_quantile(h, 0.99);
	row->resp_p999_ns = workload_quantile(h, 0.999);
	row->resp_p9999_ns = workload_quantile(h, 0.9999);
	row->resp_max_ns = h->total > 0 ? clock_ns(h->max) : NAN;
}
