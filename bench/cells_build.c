/* SPDX-License-Identifier: BSD-3-Clause */
/* From groups and options to cells: one function an axis, each handing its cell to the next. */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "csv.h"
#include "real.h"
#include "trace.h"
#include "variants.h"
#include "waiting.h"
#include "workload.h"

/* All that a rule needs to know of where it is. */
struct maker {
	struct cells *cells;
	const struct options *options;
	const struct topology *topology;
	const struct workload *workload;
	const struct workload_group *group;
	bool failed, bad; /* no memory; options that cannot be met, the cause printed */
};

/* Is it more than the strategy says that it can take? */
static bool can(const struct maker *m, const struct cell *cell)
{
	const struct extram_strategy *s = cell->strategy;
	return (s->capacity == 0 || cell->prefill <= s->capacity) &&
	       cell->threads <= (uint64_t)workload_strategy_threads(m->workload, s) * topology_cpus(m->topology);
}

static void add(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	cell.repetitions = o->repetitions != 0 ? o->repetitions : m->group->repetitions;
	cell.block_ms = o->block_ms != 0 ? o->block_ms : m->group->block_ms;
	if (cell.limit != NULL)
		cell.prefill = 0;
	else if (cell.prefill == 0)
		cell.prefill = cell.threads + 1;
	if (cell.strategy != NULL && !can(m, &cell))
		return;
	cell.trace = m->workload == &workload_replay ? m->cells->trace : NULL;
	if (cell.trace != NULL)
		cell.block_ms = (uint32_t)(cell.trace->length_ns / 1000000 + 1);
	cell.tokens = cell.real != NULL || m->workload->tokens ? topology_cpus(m->topology) : 0;
	cell.name = cells_name(&cell);
	m->failed = m->failed || cell.name == NULL || !cells_add(m->cells, &cell);
}

static void add_values(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->values;
	const struct workload_group *g = m->group;
	uint32_t count = asked->count != 0 ? asked->count : g->value_count;
	cell.has_value = m->workload->axis.word != NULL;
	if (!cell.has_value)
		add(m, cell);
	for (uint32_t i = 0; cell.has_value && i < count; i++) {
		cell.value = asked->count != 0 ? (uint32_t)asked->value[i] : g->values[i];
		add(m, cell);
	}
}

static void add_loads(struct maker *m, struct cell cell)
{
	struct options_list loads = m->options->loads;
	for (int i = 0; m->options->loads.count == 0 && i < WORKLOAD_VALUES && m->group->loads[i] != 0; i++)
		options_append(&loads, m->group->loads[i]);
	cell.has_load = m->group->loads[0] != 0;
	if (!cell.has_load)
		add_values(m, cell);
	for (uint32_t i = 0; cell.has_load && i < loads.count; i++)
		for (int a = 0; a < CELLS_ARRIVALS; a++) {
			cell.load = (uint32_t)loads.value[i];
			cell.arrivals = (enum cells_arrivals)a;
			if ((m->group->arrivals & (1U << a)) != 0 && options_selected(&m->options->arrivals, (uint64_t)a))
				add_values(m, cell);
		}
}

/* A policy that is asked for need not be one of the group's. */
static void add_refills(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->refills;
	cell.has_refill = m->group->refills != 0;
	if (!cell.has_refill)
		add_loads(m, cell);
	for (uint32_t r = 0; cell.has_refill && r <= NEEDM_REFILL_LOW_WATER; r++) {
		cell.refill = (enum needm_refill_policy)r;
		if (cell.real != NULL && r != NEEDM_REFILL_GO)
			continue; /* Go refills as Go */
		if (asked->count != 0 ? options_selected(asked, r) : (m->group->refills & (1U << r)) != 0)
			add_loads(m, cell);
	}
}

/* A strategy that waits its own way stands once, under its own word. */
static void add_waitings(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->waitings;
	if (m->group->waitings == 0 || cell.strategy == NULL) {
		add_refills(m, cell);
		return;
	}
	bool own = waiting_strategy(cell.strategy->name, WAITING_POLL) == NULL;
	cell.waiting = cell.strategy->waiting;
	if (own)
		add_refills(m, cell);
	for (uint32_t w = 0; !own && w < WAITING_WAYS; w++) {
		bool wanted = asked->count != 0 ? options_selected(asked, w) : (m->group->waitings & (1U << w)) != 0;
		cell.strategy = waiting_strategy(cell.loops->strategy->name, (enum waiting)w);
		cell.waiting = waiting_name((enum waiting)w);
		if (wanted)
			add_refills(m, cell);
	}
}

static void add_hold_and_think(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	const struct workload_group *g = m->group;
	uint32_t holds = cell.limit != NULL ? 0 : o->holds.count;
	uint32_t thinks = cell.limit != NULL ? 0 : o->thinks.count;
	uint32_t gaps = g->gap_count != 0 ? g->gap_count : 1;
	for (uint32_t i = 0; i < gaps; i++)
		for (uint32_t h = 0; h < (holds != 0 ? holds : 1); h++)
			for (uint32_t t = 0; t < (thinks != 0 ? thinks : 1); t++) {
				cell.hold_ns = holds != 0 ? o->holds.value[h] : g->gaps[i].hold_ns;
				cell.think_ns = thinks != 0 ? o->thinks.value[t] : g->gaps[i].think_ns;
				add_waitings(m, cell);
			}
}

static void add_prefills(struct maker *m, struct cell cell)
{
	struct options_list prefills = m->options->prefills;
	if (prefills.count == 0)
		prefills = (struct options_list){.value = {m->group->prefill}, .count = 1};
	for (uint32_t p = 0; p < prefills.count; p++) {
		cell.prefill = (uint32_t)prefills.value[p];
		add_hold_and_think(m, cell);
	}
}

/* Placements: those asked for; else the usual one, or all that this machine can give. */
static void add_placements(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->placements;
	const char *why;
	for (int p = 0; p < TOPOLOGY_PLACEMENTS; p++) {
		bool by_set = m->group->all_placements || p == (int)topology_usual(m->topology);
		if (!options_selected(asked, (uint64_t)p) || (asked->count == 0 && !by_set))
			continue;
		cell.placement = (enum topology_placement)p;
		if (topology_can(m->topology, cell.placement, &why))
			add_prefills(m, cell);
	}
}

static bool too_many(const struct maker *m, uint64_t threads)
{
	uint64_t limit = (uint64_t)m->workload->threads_max * topology_cpus(m->topology);
	if (limit == 0 || threads <= limit)
		return false;
	fprintf(stderr, "extram-bench: %" PRIu64 " threads are too many for %s: the limit is %" PRIu64 ", %" PRIu32 " for every CPU\n",
		threads, m->workload->name, limit, m->workload->threads_max);
	return true;
}

static void add_threads(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	struct options_list threads = o->threads.count != 0 ? o->threads : workload_thread_counts(m->group, topology_cpus(m->topology));
	if (m->workload == &workload_replay && m->cells->trace != NULL)
		threads = (struct options_list){.value = {m->cells->trace->threads}, .count = 1};
	for (uint32_t i = 0; i < threads.count && !m->bad; i++) {
		m->bad = too_many(m, threads.value[i]);
		cell.threads = (uint32_t)threads.value[i];
		add_placements(m, cell);
	}
}

static void add_limits(struct maker *m)
{
	const struct options_list two = {.value = {2}, .count = topology_cpus(m->topology) > 1};
	const struct options_list all = workload_thread_counts(m->group, topology_cpus(m->topology));
	struct cell cell = {.workload = m->workload, .variant = "", .waiting = ""};
	for (cell.limit = loops_limits; cell.limit->name != NULL; cell.limit++) {
		const struct options_list *threads = cell.limit->two ? &two : &all;
		bool here = cell.limit->here == NULL || cell.limit->here();
		for (uint32_t i = 0; i < threads->count && here; i++) {
			cell.threads = (uint32_t)threads->value[i];
			if (options_strategy_selected(m->options, cell.limit->name) &&
			    (cell.limit->shared ? cell.threads > 1 : cell.threads == 1))
				add_placements(m, cell);
		}
	}
}

/* Real runtimes have no level but that of whole callbacks. */
static void add_reals(struct maker *m)
{
	struct cell cell = {.workload = m->workload, .level = RIG_CALLBACK, .variant = "", .waiting = ""};
	if (m->workload->run_real == NULL || (m->group->levels & WORKLOAD_CALLBACK) == 0 ||
	    !options_selected(&m->options->levels, RIG_CALLBACK))
		return;
	for (cell.real = real_all; cell.real->version != NULL; cell.real++) {
		cell.loops = &cell.real->loops;
		cell.strategy = cell.loops->strategy;
		cell.variant = cell.real->version;
		if (options_strategy_selected(m->options, cell.strategy->name))
			add_threads(m, cell);
	}
}

static void add_group(struct maker *m)
{
	if (m->workload == &workload_limit) {
		add_limits(m);
		return;
	}
	add_reals(m);
	struct cell cell = {.workload = m->workload, .variant = "", .waiting = ""};
	for (int level = RIG_LIST; level <= RIG_CALLBACK; level++)
		for (const struct loops *const *l = loops_all; *l != NULL; l++) {
			cell.loops = *l;
			cell.strategy = (*l)->strategy;
			cell.level = (enum rig_level)level;
			if ((m->group->levels & (1U << level)) == 0 || !options_selected(&m->options->levels, (uint64_t)level) ||
			    !options_strategy_selected(m->options, cell.strategy->name))
				continue;
			cell.variant = variants_of(cell.strategy);
			cell.fallback = variants_is_fallback(cell.strategy, cell.variant);
			add_threads(m, cell);
		}
}

/* What only this machine can tell about the options. */
static bool check(const struct options *o, const struct topology *topology)
{
	for (uint32_t i = 0; i < o->placements.count; i++) {
		const char *why;
		enum topology_placement placement = (enum topology_placement)o->placements.value[i];
		if (!topology_can(topology, placement, &why)) {
			fprintf(stderr, "extram-bench: placement %s cannot be had: %s\n", topology_placement_name(placement), why);
			return false;
		}
	}
	return true;
}

static void add_workload(struct maker *m, uint64_t index)
{
	m->workload = workload_all[index];
	if ((m->workload == &workload_replay) != (m->cells->trace != NULL))
		return; /* a trace is played alone */
	for (m->group = m->workload->groups; m->group->repetitions != 0; m->group++)
		if (m->group->set == m->options->set && options_selected(&m->options->workloads, index))
			add_group(m);
}

static bool open_trace(struct cells *cells, const struct options *options)
{
	if (options->replay != NULL)
		cells->trace = trace_read(options->replay, options->speed);
	return options->replay == NULL || cells->trace != NULL;
}

static bool is_cell(const struct cells *cells, const char *name)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (strcmp(cells->all[i].name, name) == 0)
			return true;
	return false;
}

/* Leaves the cell of that name; without one, those whose name matches the expression. Or all others, if the filter is one of those. */
static void apply_filter(struct cells *cells, const struct options *options, const regex_t *expression)
{
	bool exact = is_cell(cells, options->filter);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->all[i];
		bool match = exact ? strcmp(cell->name, options->filter) == 0 : regexec(expression, cell->name, 0, NULL, 0) == 0;
		if (match != options->filter_out)
			cells->all[kept++] = *cell;
		else
			cells_drop(cell);
	}
	cells->count = kept;
}

bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology)
{
	regex_t filter;
	struct maker m = {.cells = cells, .options = options, .topology = topology};
	*cells = (struct cells){NULL, 0, 0, NULL};
	if (!check(options, topology) || !open_trace(cells, options))
		return false;
	if (options->filter != NULL && regcomp(&filter, options->filter, REG_EXTENDED | REG_NOSUB) != 0) {
		fprintf(stderr, "extram-bench: '%s' is not a regular expression\n", options->filter);
		cells_free(cells);
		return false;
	}
	for (uint64_t i = 0; workload_all[i] != NULL; i++)
		add_workload(&m, i);
	if (options->filter != NULL) {
		apply_filter(cells, options, &filter);
		regfree(&filter);
	}
	if (!m.failed && !m.bad && cells->count > 0)
		return true;
	if (!m.bad)
		fprintf(stderr, "extram-bench: %s\n", m.failed ? "no memory for the cells" : "these options leave no cell to measure");
	cells_free(cells);
	return false;
}
