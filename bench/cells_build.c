/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds cells from groups and options. There is a function for each axis; each passes its cell to
 * the next.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "cells_filter.h"
#include "csv.h"
#include "questions.h"
#include "real.h"
#include "trace.h"
#include "variants.h"
#include "waiting.h"
#include "workload.h"

/*
 * New threads at once. golang/go issue 13926 occurred with a few hundred. A block of 1000 polling threads takes
 * seconds.
 */
#define CROWD 256
#define SMOKE_CROWD 64

/* The context of every function below. */
struct maker {
	struct cells *cells;
	const struct options *options;
	const struct topology *topology;
	const struct workload *workload;
	const struct workload_group *group;
	bool failed, bad; /* failed: no memory; bad: the options cannot be met, and the cause was printed */
};

/* Reports whether the value exceeds what the strategy supports. */
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
	cell.in_round = m->group->in_round != 0 ? m->group->in_round : 1;
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

/* The user may ask for a policy that the group does not have. */
static void add_refills(struct maker *m, struct cell cell)
{
	const struct options_list *asked = &m->options->refills;
	cell.has_refill = m->group->refills != 0;
	if (!cell.has_refill)
		add_loads(m, cell);
	for (uint32_t r = 0; cell.has_refill && r <= NEEDM_REFILL_LOW_WATER; r++) {
		cell.refill = (enum needm_refill_policy)r;
		if (cell.real != NULL && r != NEEDM_REFILL_GO)
			continue; /* real Go has only its own policy */
		if (asked->count != 0 ? options_selected(asked, r) : (m->group->refills & (1U << r)) != 0)
			add_loads(m, cell);
	}
}

/* A strategy with its own way to wait has one cell, named after that way. */
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

/* The placements asked for; otherwise the default one, or all that this machine supports. */
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
	fprintf(stderr, "extram-bench: %" PRIu64 " threads are too many for %s: the limit is %" PRIu64 ", %" PRIu32 " per CPU\n", threads,
		m->workload->name, limit, m->workload->threads_max);
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

/* Reports whether the headline questions select the cells. */
static bool asks_questions(const struct options *o)
{
	return o->set == OPTIONS_DEFAULT || o->set == OPTIONS_SMOKE;
}

/* Limits and floors are measured beside every choice: a comparison needs them. */
static bool limit_selected(const struct maker *m, const struct loops_limit *limit)
{
	return !m->options->only || options_strategy_selected(m->options, limit->name);
}

static bool strategy_selected(const struct maker *m, const struct loops *loops)
{
	const struct options *o = m->options;
	bool floor = (loops->strategy->properties & EXTRAM_FLOOR) != 0;
	if (o->strategy_count == 0)
		return !asks_questions(o) || loops->by_default;
	return options_strategy_selected(o, loops->strategy->name) || (floor && !o->only);
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
			if (limit_selected(m, cell.limit) && (cell.limit->shared ? cell.threads > 1 : cell.threads == 1))
				add_placements(m, cell);
		}
	}
}

/* Real runtimes have only level callback. */
static void add_reals(struct maker *m)
{
	struct cell cell = {.workload = m->workload, .level = RIG_CALLBACK, .variant = "", .waiting = ""};
	if (m->workload->run_real == NULL || (m->group->levels & WORKLOAD_CALLBACK) == 0 ||
	    !options_selected(&m->options->levels, RIG_CALLBACK))
		return;
	if (asks_questions(m->options) && m->options->strategy_count == 0)
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
			    !strategy_selected(m, *l))
				continue;
			cell.variant = variants_of(cell.strategy);
			cell.fallback = variants_is_fallback(cell.strategy, cell.variant);
			add_threads(m, cell);
		}
}

/* Checks the options that depend on this machine. */
static bool check(const struct options *o, const struct topology *topology)
{
	for (uint32_t i = 0; i < o->placements.count; i++) {
		const char *why;
		enum topology_placement placement = (enum topology_placement)o->placements.value[i];
		if (!topology_can(topology, placement, &why)) {
			fprintf(stderr, "extram-bench: placement %s is not available: %s\n", topology_placement_name(placement), why);
			return false;
		}
	}
	return true;
}

static void add_set(struct maker *m, enum options_set set)
{
	for (m->group = m->workload->groups; m->group->repetitions != 0; m->group++)
		if (m->group->set == set)
			add_group(m);
}

/*
 * The axes that a question does not name come from the workload's first field group at that level.
 */
static struct workload_group group_of(const struct workload *workload, const struct question *q)
{
	static const enum workload_threads threads[] = {WORKLOAD_ONE, WORKLOAD_SCALE, WORKLOAD_OVER_MOST, WORKLOAD_COUNTS};
	unsigned level = strcmp(q->level, "callback") == 0 ? WORKLOAD_CALLBACK : WORKLOAD_LIST;
	const struct workload_group *like = workload->groups;
	while (like->repetitions != 0 && (like->set != OPTIONS_FIELD || (like->levels & level) == 0))
		like++;
	struct workload_group group = *like;
	group.set = OPTIONS_DEFAULT;
	group.levels = level;
	group.threads = threads[q->threads];
	group.gaps[0].hold_ns = group.gaps[0].think_ns = q->work_ns;
	group.gap_count = 1;
	group.prefill = q->prefill;
	group.repetitions = 1;
	group.block_ms = q->block_ms;
	group.in_round = q->in_round;
	return group;
}

/* False: no question uses the workload. */
static bool add_questions(struct maker *m)
{
	bool any = false;
	for (const struct question *q = questions_all; q->name != NULL; q++) {
		if (strcmp(q->workload, m->workload->name) != 0)
			continue;
		struct workload_group group = group_of(m->workload, q);
		group.counts[0] = m->options->set == OPTIONS_SMOKE ? SMOKE_CROWD : CROWD;
		group.counts[1] = 0;
		m->group = &group;
		add_group(m);
		m->group = NULL;
		any = true;
	}
	return any;
}

static void add_workload(struct maker *m, uint64_t index)
{
	const struct options *o = m->options;
	m->workload = workload_all[index];
	bool asked = options_selected(&o->workloads, index) || (m->workload == &workload_limit && !o->only);
	if ((m->workload == &workload_replay) != (m->cells->trace != NULL) || !asked)
		return; /* a replay measures nothing else */
	if (!asks_questions(o))
		add_set(m, o->set);
	else if (!add_questions(m) && (o->workloads.count > 0 || m->workload == &workload_limit || m->cells->trace != NULL))
		add_set(m, OPTIONS_FIELD);
}

static bool open_trace(struct cells *cells, const struct options *options)
{
	if (options->replay != NULL)
		cells->trace = trace_read(options->replay, options->speed);
	return options->replay == NULL || cells->trace != NULL;
}

bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology)
{
	struct maker m = {.cells = cells, .options = options, .topology = topology};
	*cells = (struct cells){NULL, 0, 0, NULL};
	if (!check(options, topology) || !open_trace(cells, options))
		return false;
	for (uint64_t i = 0; workload_all[i] != NULL; i++)
		add_workload(&m, i);
	if (m.failed)
		fprintf(stderr, "extram-bench: no memory for the cells\n");
	if (!m.failed && !m.bad && cells_filter(cells, options))
		return true;
	cells_free(cells);
	return false;
}
