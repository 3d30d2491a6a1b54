/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "real.h"
#include "trace.h"
#include "workload.h"

bool cells_subject(struct cell *cell, uint64_t number)
{
	const struct loops *const *l = loops_all;
	const struct real *r = real_all;
	const struct loops_limit *limit = loops_limits;
	cell->strategy_number = number;
	while (*l != NULL && number > 0) {
		l++;
		number--;
	}
	while (*l == NULL && r->version != NULL && number > 0) {
		r++;
		number--;
	}
	while (*l == NULL && r->version == NULL && limit->name != NULL && number > 0) {
		limit++;
		number--;
	}
	cell->real = *l == NULL && r->version != NULL ? r : NULL;
	cell->loops = cell->real != NULL ? &r->loops : *l;
	cell->limit = cell->loops == NULL ? limit : NULL;
	cell->strategy = cell->loops != NULL ? cell->loops->strategy : NULL;
	return cell->loops != NULL || limit->name != NULL;
}

const char *cells_strategy_name(const struct cell *cell)
{
	return cell->limit != NULL ? cell->limit->name : cell->loops->strategy->name;
}

bool cells_is_floor(const struct cell *cell)
{
	return cell->limit != NULL || (cell->loops->strategy->properties & EXTRAM_FLOOR) != 0;
}

static const char *kind(const struct cell *cell)
{
	if (cell->limit != NULL)
		return cell->limit->calibrates ? "calibration" : "limit";
	if (cell->real != NULL)
		return "real";
	if (cells_is_floor(cell))
		return "floor";
	return cell->loops->peer ? "peer" : "strategy";
}

const struct cell *cells_find(const struct cells *cells, const char *name)
{
	for (uint32_t i = 0; i < cells->count; i++)
		if (strcmp(cells->all[i].name, name) == 0)
			return &cells->all[i];
	return NULL;
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

static bool is_first_of_strategy(const struct cells *cells, const struct cell *cell)
{
	const struct cell *first = cells->all;
	while (first->loops != cell->loops)
		first++;
	return first == cell;
}

void cells_warn(const struct cells *cells)
{
	for (const struct cell *cell = cells->all; cell < cells->all + cells->count; cell++) {
		if (!cell->fallback || !is_first_of_strategy(cells, cell))
			continue;
		const char *best = cell->strategy->best_variant;
		fprintf(stderr, "extram-bench: warning: %s runs as its variant %s here", cells_strategy_name(cell), cell->variant);
		fprintf(stderr, best != NULL ? ", not as its best, %s\n" : ", not as its best\n", best);
	}
}

static void fill_axis(struct csv_row *row, const struct cell *cell, enum axes axis)
{
	const struct axis *a = &axes_all[axis];
	void *field = (char *)row + a->offset;
	if (a->values == AXES_NAME || (!a->always && (cell->given & (1U << axis)) == 0))
		return;
	if (a->is_text)
		*(const char **)field = a->words[cell->at[axis]] != NULL ? a->words[cell->at[axis]] : cell->strategy->waiting;
	else
		*(uint64_t *)field = cell->at[axis];
}

void cells_fill(struct csv_row *row, const struct cell *cell)
{
	for (enum axes axis = 0; axis < AXES; axis++)
		fill_axis(row, cell, axis);
	row->workload = cell->workload->name;
	row->strategy = cells_strategy_name(cell);
	row->variant = cell->variant;
	row->trace = cell->trace != NULL ? cell->trace->name : "";
	row->cas = BUILD_CAS;
	row->pause = BUILD_PAUSE;
	row->fallback = cell->limit != NULL || cell->real != NULL ? CSV_EMPTY : cell->fallback;
	row->floor = cells_is_floor(cell);
	row->kind = kind(cell);
	row->rep = cell->done;
}

bool cells_add(struct cells *cells, struct cell *cell)
{
	struct csv_row row;
	csv_clear(&row);
	cells_fill(&row, cell);
	cell->name = axes_name(&row);
	if (cell->name == NULL || !grow(cells)) {
		free(cell->name);
		return false;
	}
	if (cells_find(cells, cell->name) != NULL)
		free(cell->name);
	else
		cells->all[cells->count++] = *cell;
	return true;
}

void cells_drop(struct cell *cell)
{
	free(cell->name);
}

void cells_free(struct cells *cells)
{
	for (uint32_t i = 0; i < cells->count; i++)
		cells_drop(&cells->all[i]);
	free(cells->all);
	trace_free(cells->trace);
}
