/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 100000 /* ms, to show that the cost of a pair does not depend on how many are parked */

enum threads_rule { THREADS_ONE, THREADS_ENDS, THREADS_SCALE, THREADS_CPUS, THREADS_OVER, THREADS_OVER_MOST, THREADS_OVER_ALL };

enum { LIST = 1 << RIG_LIST, CALLBACK = 1 << RIG_CALLBACK };

/* A part of a set: what is measured together. */
struct group {
	enum options_set set;
	enum cells_workload workload;
	unsigned levels;
	enum threads_rule threads;
	bool all_placements;
	struct {
		uint32_t hold_ns, think_ns;
	} gaps[4];
	uint32_t gap_count;
	uint32_t prefill; /* 0: threads + 1, as Go keeps one more than the most in use */
	uint32_t repetitions, block_ms;
};

/* clang-format off */
static const struct group groups[] = {
	{OPTIONS_DEFAULT, CELLS_LIMIT, LIST, THREADS_ENDS, false, {{0, 0}}, 1, 0, 5, 60},
	{OPTIONS_DEFAULT, CELLS_PAIR, LIST, THREADS_SCALE, false, {{0, 0}, {300, 300}}, 2, 0, 7, 200},
	{OPTIONS_DEFAULT, CELLS_PAIR, LIST, THREADS_ONE, false, {{0, 0}}, 1, MANY, 3, 100},
	{OPTIONS_DEFAULT, CELLS_PAIR, CALLBACK, THREADS_SCALE, false, {{0, 0}}, 1, 0, 5, 200},
	{OPTIONS_DEFAULT, CELLS_LATENCY, LIST, THREADS_ENDS, false, {{0, 0}}, 1, 0, 3, 300},
	{OPTIONS_DEFAULT, CELLS_LATENCY, LIST, THREADS_ENDS, false, {{300, 300}}, 1, 0, 3, 800},
	{OPTIONS_DEFAULT, CELLS_LATENCY, CALLBACK, THREADS_CPUS, false, {{0, 0}}, 1, 0, 3, 800},
	{OPTIONS_DEFAULT, CELLS_OVERSUB, LIST, THREADS_OVER, false, {{0, 0}}, 1, 0, 3, 700},
	{OPTIONS_DEFAULT, CELLS_OVERSUB, CALLBACK, THREADS_OVER_MOST, false, {{0, 0}}, 1, 0, 3, 1200},

	{OPTIONS_SMOKE, CELLS_LIMIT, LIST, THREADS_ENDS, false, {{0, 0}}, 1, 0, 2, 20},
	{OPTIONS_SMOKE, CELLS_PAIR, LIST | CALLBACK, THREADS_ENDS, false, {{0, 0}}, 1, 0, 2, 40},
	{OPTIONS_SMOKE, CELLS_LATENCY, LIST, THREADS_CPUS, false, {{300, 300}}, 1, 0, 2, 60},
	{OPTIONS_SMOKE, CELLS_OVERSUB, LIST | CALLBACK, THREADS_OVER_MOST, false, {{0, 0}}, 1, 0, 1, 200},

	{OPTIONS_FULL, CELLS_LIMIT, LIST, THREADS_SCALE, true, {{0, 0}}, 1, 0, 9, 100},
	{OPTIONS_FULL, CELLS_PAIR, LIST, THREADS_SCALE, true, {{0, 0}, {300, 0}, {300, 300}, {0, 2000}}, 4, 0, 9, 300},
	{OPTIONS_FULL, CELLS_PAIR, LIST, THREADS_ENDS, false, {{0, 0}}, 1, 1000, 3, 200},
	{OPTIONS_FULL, CELLS_PAIR, LIST, THREADS_ENDS, false, {{0, 0}}, 1, MANY, 3, 200},
	{OPTIONS_FULL, CELLS_PAIR, LIST, THREADS_ENDS, false, {{0, 0}}, 1, 1000000, 3, 200},
	{OPTIONS_FULL, CELLS_PAIR, CALLBACK, THREADS_SCALE, true, {{0, 0}, {300, 300}}, 2, 0, 9, 300},
	{OPTIONS_FULL, CELLS_LATENCY, LIST | CALLBACK, THREADS_SCALE, true, {{0, 0}, {300, 300}}, 2, 0, 5, 1000},
	{OPTIONS_FULL, CELLS_OVERSUB, LIST | CALLBACK, THREADS_OVER_ALL, true, {{0, 0}, {300, 300}}, 2, 0, 5, 1500},
};
/* clang-format on */

uint32_t cells_threads_limit(const struct topology *topology)
{
	return 32 * topology_cpus(topology);
}

const char *cells_strategy_name(const struct cell *cell)
{
	return cell->limit != NULL ? cell->limit->name : cell->loops->strategy->name;
}

const char *cells_level_name(const struct cell *cell)
{
	if (cell->limit != NULL)
		return "machine";
	return cell->level == RIG_CALLBACK ? "callback" : "list";
}

bool cells_is_floor(const struct cell *cell)
{
	return cell->limit != NULL || (cell->loops->strategy->properties & EXTRAM_KEEPS) != 0;
}

/* All that a rule needs to know of where it is. */
struct maker {
	struct cells *cells;
	const struct options *options;
	const struct topology *topology;
	const struct group *group;
	regex_t filter;
	bool failed;
};

static void append(struct options_list *list, uint64_t value)
{
	if (list->count < OPTIONS_LIST && (list->count == 0 || list->value[list->count - 1] < value))
		list->value[list->count++] = value;
}

/* The numbers of threads of a rule, ascending. */
static struct options_list rule_threads(enum threads_rule rule, uint64_t cpus)
{
	struct options_list list = {.count = 0};
	if (rule == THREADS_ONE || rule == THREADS_ENDS || rule == THREADS_SCALE)
		append(&list, 1);
	for (uint64_t n = 2; rule == THREADS_SCALE && n < cpus; n *= 2)
		append(&list, n);
	if (rule == THREADS_ENDS || rule == THREADS_SCALE || rule == THREADS_CPUS)
		append(&list, cpus);
	for (uint64_t n = 2; rule == THREADS_OVER_ALL && n < 32; n *= 2)
		append(&list, n * cpus);
	if (rule == THREADS_OVER)
		append(&list, 4 * cpus);
	if (rule == THREADS_OVER || rule == THREADS_OVER_MOST || rule == THREADS_OVER_ALL)
		append(&list, 32 * cpus);
	return list;
}

static bool is_new(const struct cells *cells, const char *name)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (strcmp(cells->all[i].name, name) == 0)
			return false;
	return true;
}

static bool grow(struct cells *cells)
{
	if (cells->count < cells->room)
		return true;
	uint32_t room = cells->room == 0 ? 256 : 2 * cells->room;
	struct cell *all = realloc(cells->all, room * sizeof(*all));
	if (all == NULL)
		return false;
	cells->all = all;
	cells->room = room;
	return true;
}

/* Takes over cell->name. */
static bool keep(struct maker *m, struct cell *cell)
{
	bool wanted = (m->options->filter == NULL || regexec(&m->filter, cell->name, 0, NULL, 0) == 0) && is_new(m->cells, cell->name);
	if (!wanted) {
		free(cell->name);
		return true;
	}
	cell->blocks = calloc(cell->repetitions, sizeof(*cell->blocks));
	if (cell->blocks == NULL || !grow(m->cells)) {
		free(cell->blocks);
		free(cell->name);
		return false;
	}
	m->cells->all[m->cells->count++] = *cell;
	return true;
}

static void add(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	cell.workload = m->group->workload;
	cell.repetitions = o->repetitions != 0 ? o->repetitions : m->group->repetitions;
	cell.block_ms = o->block_ms != 0 ? o->block_ms : m->group->block_ms;
	if (cell.limit != NULL)
		cell.prefill = 0;
	else if (cell.prefill == 0)
		cell.prefill = cell.threads + 1;
	int n = asprintf(&cell.name, "%s/%s/%s/threads:%" PRIu32 "/%s/hold:%" PRIu64 "/think:%" PRIu64 "/prefill:%" PRIu32,
			 options_workload_name(cell.workload), cells_level_name(&cell), cells_strategy_name(&cell), cell.threads,
			 topology_placement_name(cell.placement), cell.hold_ns, cell.think_ns, cell.prefill);
	m->failed = m->failed || n < 0 || !keep(m, &cell);
}

/* The last axes: hold, think, prefill. */
static void add_gaps(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	const struct group *g = m->group;
	struct options_list prefills = o->prefills;
	if (prefills.count == 0)
		prefills = (struct options_list){.value = {g->prefill}, .count = 1};
	uint32_t holds = cell.limit != NULL ? 0 : o->holds.count;
	uint32_t thinks = cell.limit != NULL ? 0 : o->thinks.count;
	for (uint32_t p = 0; p < prefills.count; p++)
		for (uint32_t i = 0; i < g->gap_count; i++)
			for (uint32_t h = 0; h < (holds != 0 ? holds : 1); h++)
				for (uint32_t t = 0; t < (thinks != 0 ? thinks : 1); t++) {
					cell.hold_ns = holds != 0 ? o->holds.value[h] : g->gaps[i].hold_ns;
					cell.think_ns = thinks != 0 ? o->thinks.value[t] : g->gaps[i].think_ns;
					cell.prefill = (uint32_t)prefills.value[p];
					add(m, cell);
				}
}

/* Placements: those asked for; else compact, or all that this machine can give. */
static void add_placements(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->placements;
	const char *why;
	for (int p = 0; p < TOPOLOGY_PLACEMENTS; p++) {
		bool by_set = m->group->all_placements || p == TOPOLOGY_COMPACT;
		if (!options_selected(asked, (uint64_t)p) || (asked->count == 0 && !by_set))
			continue;
		cell.placement = (enum topology_placement)p;
		if (topology_can(m->topology, cell.placement, &why))
			add_gaps(m, cell);
	}
}

static void add_threads(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	struct options_list threads = o->threads.count != 0 ? o->threads : rule_threads(m->group->threads, topology_cpus(m->topology));
	for (uint32_t i = 0; i < threads.count; i++) {
		cell.threads = (uint32_t)threads.value[i];
		add_placements(m, cell);
	}
}

static void add_limits(struct maker *m)
{
	for (const struct loops_limit *limit = loops_limits; limit->name != NULL; limit++) {
		struct options_list threads = rule_threads(m->group->threads, topology_cpus(m->topology));
		for (uint32_t i = 0; i < threads.count; i++)
			if (options_strategy_selected(m->options, limit->name) &&
			    (limit->shared ? threads.value[i] > 1 : threads.value[i] == 1))
				add_placements(m, (struct cell){.limit = limit, .threads = (uint32_t)threads.value[i]});
	}
}

static void add_group(struct maker *m)
{
	if (m->group->workload == CELLS_LIMIT) {
		add_limits(m);
		return;
	}
	for (int level = RIG_LIST; level <= RIG_CALLBACK; level++)
		for (const struct loops *const *l = loops_all; *l != NULL; l++)
			if ((m->group->levels & (1U << level)) != 0 && options_selected(&m->options->levels, (uint64_t)level) &&
			    options_strategy_selected(m->options, (*l)->strategy->name))
				add_threads(m, (struct cell){.loops = *l, .level = (enum rig_level)level});
}

/* What only this machine can tell about the options. */
static bool check(const struct options *o, const struct topology *topology)
{
	uint32_t limit = cells_threads_limit(topology);
	for (uint32_t i = 0; i < o->threads.count; i++)
		if (o->threads.value[i] > limit) {
			fprintf(stderr, "extram-bench: %" PRIu64 " threads are too many: the limit is %" PRIu32 ", 32 for every CPU\n",
				o->threads.value[i], limit);
			return false;
		}
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

bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology)
{
	struct maker m = {.cells = cells, .options = options, .topology = topology};
	*cells = (struct cells){NULL, 0, 0};
	if (!check(options, topology))
		return false;
	if (options->filter != NULL && regcomp(&m.filter, options->filter, REG_EXTENDED | REG_NOSUB) != 0) {
		fprintf(stderr, "extram-bench: '%s' is not a regular expression\n", options->filter);
		return false;
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		m.group = &groups[i];
		if (m.group->set == options->set && options_selected(&options->workloads, m.group->workload))
			add_group(&m);
	}
	if (options->filter != NULL)
		regfree(&m.filter);
	if (!m.failed && cells->count > 0)
		return true;
	fprintf(stderr, "extram-bench: %s\n", m.failed ? "no memory for the cells" : "these options leave no cell to measure");
	cells_free(cells);
	return false;
}

void cells_free(struct cells *cells)
{
	for (uint32_t i = 0; i < cells->count; i++) {
		free(cells->all[i].name);
		free(cells->all[i].blocks);
	}
	free(cells->all);
}
