/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "variants.h"

const struct workload *const workload_all[] = {
#define EXTRAM_WORKLOAD(name) &workload_##name,
#include "workloads.inc"
#undef EXTRAM_WORKLOAD
    NULL,
};

int workload_find(const char *name)
{
	for (int i = 0; workload_all[i] != NULL; i++)
		if (strcmp(workload_all[i]->name, name) == 0)
			return i;
	return -1;
}

uint32_t workload_strategy_threads(const struct workload *workload, const struct extram_strategy *strategy)
{
	if ((strategy->properties & EXTRAM_CPU_EACH) != 0)
		return 1;
	if ((strategy->properties & EXTRAM_FIFO) != 0)
		return workload->fifo_max != 0 ? workload->fifo_max : WORKLOAD_FIFO_MAX;
	return UINT32_MAX;
}

struct options_list workload_thread_counts(const struct workload_group *group, uint64_t cpus)
{
	struct options_list list = {.count = 0};
	enum workload_threads rule = group->threads;
	if (rule == WORKLOAD_ONE || rule == WORKLOAD_ENDS || rule == WORKLOAD_SCALE)
		options_append(&list, 1);
	for (uint64_t n = 2; rule == WORKLOAD_SCALE && n < cpus; n *= 2)
		options_append(&list, n);
	if (rule == WORKLOAD_ENDS || rule == WORKLOAD_SCALE || rule == WORKLOAD_CPUS)
		options_append(&list, cpus);
	for (uint64_t n = 2; rule == WORKLOAD_OVER_ALL && n < 32; n *= 2)
		options_append(&list, n * cpus);
	if (rule == WORKLOAD_OVER)
		options_append(&list, 4 * cpus);
	if (rule == WORKLOAD_OVER || rule == WORKLOAD_OVER_MOST || rule == WORKLOAD_OVER_ALL)
		options_append(&list, 32 * cpus);
	for (int i = 0; rule == WORKLOAD_COUNTS && i < WORKLOAD_VALUES && group->counts[i] != 0; i++)
		options_append(&list, group->counts[i]);
	return list;
}

struct rig *workload_rig(const struct workload_run *run)
{
	const struct cell *cell = run->cell;
	return rig_new(&(const struct rig_plan){.strategy = cell->strategy,
						.level = cell->level,
						.prefill = cell->prefill,
						.topology = run->topology,
						.placement = cell->placement});
}

void workload_fill_rig(struct csv_row *row, struct rig *rig)
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
	row->bytes_per_m = (double)arena_allocated(&rig->arena) / (double)row->ms_created;
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
