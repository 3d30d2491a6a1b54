/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
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
	if (!grow(cells)) {
		free(cell->name);
		return false;
	}
	cells->all[cells->count++] = *cell;
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

/* Writes one part of the name, without the characters that separate parts. */
static void print_word(FILE *f, const char *axis, const char *word)
{
	fprintf(f, "/%s:", axis);
	for (; *word != '\0'; word++)
		fputc(*word == '/' || isspace((unsigned char)*word) ? '_' : *word, f);
}

/* Writes the axes of some workloads only, in the order of results/rules.py. */
static void print_axes(FILE *f, const struct cell *cell)
{
	if (cell->waiting[0] != '\0')
		print_word(f, "waiting", cell->waiting);
	if (cell->has_refill)
		print_word(f, "refill", options_refill_name(cell->refill));
	if (cell->has_load)
		fprintf(f, "/load:%" PRIu32 "/arrivals:%s", cell->load, options_arrivals_name(cell->arrivals));
	if (cell->tokens != 0)
		fprintf(f, "/tokens:%" PRIu32, cell->tokens);
	if (cell->trace != NULL)
		print_word(f, "trace", cell->trace->name);
	if (BUILD_CAS[0] != '\0')
		print_word(f, "cas", BUILD_CAS);
	if (cell->has_value && cell->value != 0)
		fprintf(f, "/%s:%" PRIu32, cell->workload->axis.word, cell->value);
}

char *cells_name(const struct cell *cell)
{
	char *name = NULL;
	size_t bytes;
	FILE *f = open_memstream(&name, &bytes);
	if (f == NULL)
		return NULL;
	fprintf(f, "%s/%s/%s%s%s/threads:%" PRIu32 "/%s/hold:%" PRIu64 "/think:%" PRIu64 "/prefill:%" PRIu32, cell->workload->name,
		cells_level_name(cell), cells_strategy_name(cell), cell->variant[0] == '\0' ? "" : ":", cell->variant, cell->threads,
		topology_placement_name(cell->placement), cell->hold_ns, cell->think_ns, cell->prefill);
	print_axes(f, cell);
	return fclose(f) == 0 ? name : NULL;
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
