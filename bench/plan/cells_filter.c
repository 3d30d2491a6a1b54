/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters the cells by --filter. */

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

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
	for (enum axes axis = 0; axis < AXES; axis++)
		if (axis != AXES_strategy && axes_all[axis].always && a->at[axis] != b->at[axis])
			return false;
	return true;
}

/* Reports whether the cell is a limit, but for a calibration, or a floor for a selected cell. */
static bool stands_beside(const struct cells *cells, const struct cell *cell)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (cells->all[i].chosen && cells_is_floor(cell) &&
		    (cell->limit != NULL ? cell->at_most == 0 : same_conditions(&cells->all[i], cell)))
			return true;
	return false;
}

/* Keeps the cells that the filter selects, their floors, and the limits. */
static void apply_filter(struct cells *cells, const struct options *o, const regex_t *expression)
{
	bool exact = cells_find(cells, o->filter) != NULL;
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
	const struct axes_list *names = &o->asked[AXES_strategy];
	const struct axes_list *workloads = &o->asked[AXES_workload];
	return (names->count > 0 && axes_selected(names, cell->strategy_number)) ||
	       (cell->limit != NULL && workloads->count > 0 && axes_selected(workloads, cell->workload_number));
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
