/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells_filter.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "workload.h"

static bool is_cell(const struct cells *cells, const char *name)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (strcmp(cells->all[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Reports whether the filter selects the cell. The filter is a name or an expression, possibly
 * negated.
 */
static bool filter_chooses(const struct options *o, const regex_t *expression, bool exact, const struct cell *cell)
{
	bool match = exact ? strcmp(cell->name, o->filter) == 0 : regexec(expression, cell->name, 0, NULL, 0) == 0;
	return match != o->filter_out;
}

static bool same_conditions(const struct cell *a, const struct cell *b)
{
	return a->workload == b->workload && a->level == b->level && a->threads == b->threads && a->placement == b->placement &&
	       a->hold_ns == b->hold_ns && a->think_ns == b->think_ns && a->prefill == b->prefill;
}

/* Reports whether the cell is a limit, or a floor for a selected cell. */
static bool stands_beside(const struct cells *cells, const struct cell *cell)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (cells->all[i].chosen && cells_is_floor(cell) && (cell->limit != NULL || same_conditions(&cells->all[i], cell)))
			return true;
	return false;
}

/* Keeps the cells that the filter selects, their floors, and the limits. */
static void apply_filter(struct cells *cells, const struct options *o, const regex_t *expression)
{
	bool exact = is_cell(cells, o->filter);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < cells->count; i++)
		cells->all[i].chosen = filter_chooses(o, expression, exact, &cells->all[i]);
	for (uint32_t i = 0; i < cells->count; i++)
		cells->all[i].beside = !cells->all[i].chosen && !o->only && stands_beside(cells, &cells->all[i]);
	for (uint32_t i = 0; i < cells->count; i++) {
		if (cells->all[i].chosen || cells->all[i].beside)
			cells->all[kept++] = cells->all[i];
		else
			cells_drop(&cells->all[i]);
	}
	cells->count = kept;
}

/* Reports whether the floor or limit was asked for by its name or its workload. */
static bool floor_asked(const struct options *o, const struct cell *cell)
{
	bool named = o->strategy_count > 0 && options_strategy_selected(o, cells_strategy_name(cell));
	return named ||
	       (cell->limit != NULL && o->workloads.count > 0 && options_selected(&o->workloads, (uint64_t)workload_find("limit")));
}

/* Floors and limits alone do not count as a selection, unless they were asked for. */
static bool any_chosen(const struct cells *cells, const struct options *o)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (o->filter != NULL ? cells->all[i].chosen : !cells_is_floor(&cells->all[i]) || o->only || floor_asked(o, &cells->all[i]))
			return true;
	return false;
}

bool cells_filter(struct cells *cells, const struct options *options)
{
	regex_t expression;
	if (options->filter != NULL && regcomp(&expression, options->filter, REG_EXTENDED | REG_NOSUB) != 0) {
		fprintf(stderr, "extram-bench: '%s' is not a regular expression\n", options->filter);
		return false;
	}
	if (options->filter != NULL) {
		apply_filter(cells, options, &expression);
		regfree(&expression);
	}
	if (any_chosen(cells, options))
		return true;
	fprintf(stderr, "extram-bench: no cell matches these options; --list prints the cells\n");
	return false;
}
