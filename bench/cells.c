/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "trace.h"
#include "workload.h"

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
	return cell->limit != NULL || (cell->loops->strategy->properties & EXTRAM_FLOOR) != 0;
}

const char *cells_kind(const struct cell *cell)
{
	if (cell->limit != NULL)
		return "limit";
	if (cell->real != NULL)
		return "real";
	if (cells_is_floor(cell))
		return "floor";
	return cell->loops->peer ? "peer" : "strategy";
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

bool cells_add(struct cells *cells, struct cell *cell)
{
	if (!is_new(cells, cell->name)) {
		free(cell->name);
		return true;
	}
	cell->blocks = calloc(cell->repetitions, sizeof(*cell->blocks));
	if (cell->blocks == NULL || !grow(cells)) {
		free(cell->blocks);
		free(cell->name);
		return false;
	}
	cells->all[cells->count++] = *cell;
	return true;
}

/* The axes that only some workloads have, as the end of a cell's name. */
static void print_axes(FILE *f, const struct cell *cell)
{
	if (cell->waiting[0] != '\0')
		fprintf(f, "/waiting:%s", cell->waiting);
	if (cell->has_refill)
		fprintf(f, "/refill:%s", options_refill_name(cell->refill));
	if (cell->has_load)
		fprintf(f, "/load:%" PRIu32 "/%s", cell->load, options_arrivals_name(cell->arrivals));
	if (cell->has_value)
		fprintf(f, "/%s:%" PRIu32, cell->workload->axis.word, cell->value);
	if (cell->trace != NULL)
		fprintf(f, "/trace:%s", cell->trace->name);
}

char *cells_name(const struct cell *cell)
{
	char *name = NULL;
	size_t bytes;
	FILE *f = open_memstream(&name, &bytes);
	if (f == NULL)
		return NULL;
	fprintf(f, "%s/%s/%s/threads:%" PRIu32 "/%s/hold:%" PRIu64 "/think:%" PRIu64 "/prefill:%" PRIu32, cell->workload->name,
		cells_level_name(cell), cells_strategy_name(cell), cell->threads, topology_placement_name(cell->placement), cell->hold_ns,
		cell->think_ns, cell->prefill);
	print_axes(f, cell);
	return fclose(f) == 0 ? name : NULL;
}

void cells_free(struct cells *cells)
{
	for (uint32_t i = 0; i < cells->count; i++) {
		free(cells->all[i].name);
		free(cells->all[i].blocks);
	}
	free(cells->all);
	trace_free(cells->trace);
}
