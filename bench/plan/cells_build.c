/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds cells from groups and options: a walk over the lists of values of all axes. */
#include <stdio.h>
#include <string.h>

#include "cells_check.h"
#include "options.h"
#include "questions.h"
#include "real.h"
#include "trace.h"
#include "variants.h"
#include "waiting.h"
#include "workload.h"

struct maker {
	struct cells *cells;
	const struct options *options;
	const struct topology *topology;
	const struct workload *workload;
	uint64_t number; /* of the workload, in workload_all */
	const struct workload_group *group;
	bool failed, bad; /* failed: no memory; bad: the options cannot be met, and the cause was printed */
};

/* Reports whether the headline questions select the cells. */
static bool asks_questions(const struct options *o)
{
	return o->set == WORKLOAD_DEFAULT || o->set == WORKLOAD_SMOKE;
}

/* The values asked for, or else these. */
static struct axes_list asked_or(const struct maker *m, enum axes axis, struct axes_list list)
{
	return m->options->asked[axis].count != 0 ? m->options->asked[axis] : list;
}

/* The bits that are set, of those asked for. */
static struct axes_list levels(const struct maker *m)
{
	struct axes_list list = {.count = 0};
	for (uint64_t level = AXES_LIST; level <= AXES_MACHINE; level++)
		if ((m->group->levels & (1U << level)) != 0 &&
		    (m->workload->limits || axes_selected(&m->options->asked[AXES_level], level)))
			axes_append(&list, level);
	return list;
}

/* Limits and floors are measured beside every choice: a comparison needs them. */
static bool strategy_selected(const struct maker *m, const struct cell *cell)
{
	const struct options *o = m->options;
	bool any = o->asked[AXES_strategy].count == 0;
	bool selected = axes_selected(&o->asked[AXES_strategy], cell->strategy_number);
	if (m->workload->limits)
		return cell->limit != NULL && (cell->limit->here == NULL || cell->limit->here()) && (!o->only || selected) &&
		       (m->group->calibrates || !cell->limit->calibrates);
	if (cell->limit != NULL)
		return false;
	if (cell->real != NULL)
		return m->workload->run_real != NULL && cell->level == RIG_CALLBACK && selected && !(any && asks_questions(o));
	return any ? !asks_questions(o) || cell->loops->by_default : selected || (cells_is_floor(cell) && !o->only);
}

static struct axes_list strategies(const struct maker *m, struct cell cell)
{
	struct axes_list list = {.count = 0};
	for (uint64_t n = 0; cells_subject(&cell, n); n++)
		if (strategy_selected(m, &cell))
			axes_append(&list, n);
	return list;
}

/* A limit needs one thread or several. */
static struct axes_list limit_threads(const struct maker *m, const struct loops_limit *limit)
{
	uint32_t cpus = topology_cpus(m->topology);
	struct axes_list all = limit->two ? (struct axes_list){{2}, cpus > 1} : workload_thread_counts(m->group, cpus);
	struct axes_list list = {.count = 0};
	for (uint32_t i = 0; i < all.count; i++)
		if (limit->shared == (all.value[i] > 1))
			axes_append(&list, all.value[i]);
	return list;
}

static struct axes_list threads(struct maker *m, const struct cell *cell)
{
	if (cell->limit != NULL)
		return limit_threads(m, cell->limit);
	if (m->workload->replays)
		return (struct axes_list){{m->cells->trace->threads}, 1};
	struct axes_list list = asked_or(m, AXES_threads, workload_thread_counts(m->group, topology_cpus(m->topology)));
	for (uint32_t i = 0; i < list.count && !m->bad; i++)
		m->bad = !workload_allows(m->workload, list.value[i], topology_cpus(m->topology));
	return list;
}

/* The placements asked for; otherwise the default one, and the group's that this machine has. */
static struct axes_list placements(const struct maker *m)
{
	struct axes_list list = {{topology_usual(m->topology)}, 1};
	for (enum topology_placement p = 0; p < TOPOLOGY_PLACEMENTS; p++)
		if (workload_sweeps(m->group, p, m->topology))
			axes_append(&list, p);
	return asked_or(m, AXES_placement, list);
}

/* A group has pairs of hold and think. If one is asked for, it replaces that of every pair. */
static struct axes_list gaps(const struct maker *m, const struct cell *cell, enum axes axis)
{
	const struct workload_group *g = m->group;
	bool any_hold = m->options->asked[AXES_hold_ns].count != 0 && cell->limit == NULL;
	struct axes_list list = {.count = 0};
	for (uint32_t i = 0; i < g->gap_count; i++)
		if (axis == AXES_hold_ns)
			axes_append(&list, g->gaps[i].hold_ns);
		else if (any_hold || g->gaps[i].hold_ns == cell->hold_ns)
			axes_append(&list, g->gaps[i].think_ns);
	if (g->gap_count == 0)
		axes_append(&list, 0);
	return cell->limit != NULL ? list : asked_or(m, axis, list);
}

/* The group's values. --arrivals selects from them, as --level does; other options replace them. */
static struct axes_list varied(const struct maker *m, enum axes axis)
{
	const struct workload_list *all = &m->group->vary.at[axis];
	bool selects = axis == AXES_arrivals;
	struct axes_list list = {.count = 0};
	for (uint32_t i = 0; i < all->count; i++)
		if (!selects || axes_selected(&m->options->asked[axis], all->value[i]))
			axes_append(&list, all->value[i]);
	return selects ? list : asked_or(m, axis, list);
}

/* A strategy with its own way to wait has one cell, named after that way. */
static struct axes_list waitings(const struct maker *m, const struct cell *cell)
{
	bool several = waiting_strategy(cell->strategy->name, WAITING_POLL) != NULL;
	return several ? varied(m, AXES_waiting) : (struct axes_list){{WAITING_WAYS}, 1};
}

/* The values of an axis at a cell whose axes before it have theirs. */
static struct axes_list values(struct maker *m, const struct cell *cell, enum axes axis)
{
	switch (axis) {
	case AXES_level:
		return levels(m);
	case AXES_strategy:
		return strategies(m, *cell);
	case AXES_threads:
		return threads(m, cell);
	case AXES_placement:
		return placements(m);
	case AXES_hold_ns:
	case AXES_think_ns:
		return gaps(m, cell, axis);
	case AXES_prefill:
		return asked_or(m, axis, (struct axes_list){{m->group->prefill}, 1});
	case AXES_waiting:
		return waitings(m, cell);
	default:
		return varied(m, axis);
	}
}

/* A part of the machine has too few CPUs for threads that the whole machine has enough for. */
static bool crowded(const struct maker *m, const struct cell *cell)
{
	return cell->threads <= topology_cpus(m->topology) && cell->threads > topology_places(m->topology, cell->placement);
}

static void add(struct maker *m, struct cell cell)
{
	const struct options *o = m->options;
	cell.repetitions = o->repetitions != 0 ? o->repetitions : m->group->repetitions;
	cell.block_ms = o->block_ms != 0 ? o->block_ms : m->group->block_ms;
	cell.in_round = m->group->in_round != 0 ? m->group->in_round : 1;
	cell.at_most = m->group->at_most;
	if (cell.limit != NULL)
		cell.prefill = 0;
	else if (cell.prefill == 0)
		cell.prefill = cell.threads + 1;
	if (!workload_fits(&cell, topology_cpus(m->topology)) || crowded(m, &cell))
		return;
	cell.trace = m->cells->trace;
	if (cell.trace != NULL)
		cell.block_ms = (uint32_t)(cell.trace->length_ns / 1000000 + 1);
	if (cell.real != NULL || m->workload->tokens) {
		cell.tokens = topology_cpus(m->topology);
		cell.given |= 1U << AXES_tokens;
	}
	m->failed = m->failed || !cells_add(m->cells, &cell);
}

/* Gives the cell a value of an axis, and what follows from it. */
static void take(struct cell *cell, enum axes axis, uint64_t value)
{
	cell->at[axis] = value;
	cell->given |= axes_all[axis].always ? 0 : 1U << axis;
	if (axis == AXES_waiting && value < WAITING_WAYS)
		cell->strategy = waiting_strategy(cell->loops->strategy->name, (enum waiting)value);
	if (axis != AXES_strategy)
		return;
	cells_subject(cell, value);
	cell->variant = cell->real != NULL ? cell->real->version : cell->limit != NULL ? "" : variants_of(cell->strategy);
	cell->fallback = cell->real == NULL && cell->limit == NULL && variants_is_fallback(cell->strategy, cell->variant);
}

/* Reports whether the cell has the axis, beside the workload. Any list has a home and a layout. */
static bool has(const struct maker *m, const struct cell *cell, enum axes axis)
{
	if (axis == AXES_home || (axis == AXES_layout && m->group->vary.layout.count == 0))
		return m->options->asked[axis].count != 0 && cell->limit == NULL && cell->real == NULL;
	return axes_all[axis].always ? axis != AXES_workload : m->group->vary.at[axis].count != 0;
}

/* Adds the cells that agree with this one on the axes before axis. */
static void walk(struct maker *m, const struct cell *cell, enum axes axis)
{
	while (axis < AXES && !has(m, cell, axis))
		axis++;
	if (axis == AXES) {
		add(m, *cell);
		return;
	}
	const struct axes_list list = values(m, cell, axis);
	for (uint32_t i = 0; i < list.count && !m->bad; i++) {
		struct cell next = *cell;
		take(&next, axis, list.value[i]);
		walk(m, &next, axis + 1);
	}
}

static void add_group(struct maker *m, const struct workload_group *group)
{
	const struct cell cell = {.workload = m->workload, .workload_number = m->number, .variant = ""};
	m->group = group;
	walk(m, &cell, 0);
	m->group = NULL;
}

static void add_set(struct maker *m, enum workload_set set)
{
	for (const struct workload_group *group = m->workload->groups; group->repetitions != 0; group++)
		if (group->set == set && (!group->calibrates || cells_calibrate(m->options, m->number)))
			add_group(m, group);
}

/* False: no question uses the workload. */
static bool add_questions(struct maker *m)
{
	bool any = false;
	for (const struct question *q = questions_all; q->name != NULL; q++)
		if (strcmp(q->workload, m->workload->name) == 0) {
			const struct workload_group group = workload_question(m->workload, q, m->options->set == WORKLOAD_SMOKE);
			add_group(m, &group);
			any = true;
		}
	return any;
}

static void add_workload(struct maker *m)
{
	const struct options *o = m->options;
	const struct workload *w = m->workload;
	bool asked = axes_selected(&o->asked[AXES_workload], m->number) || (w->limits && !o->only);
	if (w->replays != (m->cells->trace != NULL) || !asked)
		return; /* a replay measures nothing else */
	if (!asks_questions(o))
		add_set(m, o->set);
	else if (!add_questions(m) && (o->asked[AXES_workload].count > 0 || w->limits || w->replays))
		add_set(m, WORKLOAD_FIELD);
}

bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology)
{
	struct maker m = {.cells = cells, .options = options, .topology = topology};
	*cells = (struct cells){NULL, 0, 0, NULL};
	if (!cells_check(options, topology))
		return false;
	if (options->replay != NULL && (cells->trace = trace_read(options->replay, options->speed)) == NULL)
		return false;
	for (; (m.workload = workload_all[m.number]) != NULL; m.number++)
		add_workload(&m);
	if (m.failed)
		fprintf(stderr, "extram-bench: no memory for the cells\n");
	if (!m.failed && !m.bad && cells_filter(cells, options))
		return true;
	cells_free(cells);
	return false;
}
