/* SPDX-License-Identifier: BSD-3-Clause */
#include "budget.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A verdict on some dozens of cells needs about this many blocks of each cell on each side. */
#define ROUNDS_AIM 12
/* More rounds add little. A run with a given time ignores this limit. */
#define ROUNDS_ENOUGH 25
/* Limits for the ratio of a block's length to the one its workload asks for. */
#define SHRINK 0.25
#define STRETCH 4.0
/* Ten windows: with fewer clean ones there is no median. */
#define BLOCK_LEAST_MS 20
/* A cell that takes longer than planned may exceed its share by this factor. */
#define SHARE_SLACK 1.5
/* The overhead of a block: making and checking the list, and starting and joining threads. */
#define BLOCK_S 0.010
#define THREAD_S 0.0001

static double nominal_s(const struct cell *cell)
{
	return cell->block_ms / 1000.0 + BLOCK_S + THREAD_S * cell->threads;
}

static double round_s(const struct cells *cells)
{
	double sum = 0;
	for (uint32_t i = 0; i < cells->count; i++)
		sum += nominal_s(&cells->all[i]) * cells->all[i].in_round;
	return sum;
}

static void scale_blocks(struct cells *cells, double scale)
{
	for (uint32_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->all[i];
		double ms = cell->trace != NULL ? cell->block_ms : cell->block_ms * scale;
		cell->block_ms = ms < BLOCK_LEAST_MS ? BLOCK_LEAST_MS : (uint32_t)ms;
	}
}

/* The number of rounds that fit into the time. */
static double plan_rounds(struct budget *b, struct cells *cells, const struct budget_wish *wish)
{
	double rounds = wish->seconds / round_s(cells);
	double longest = wish->open_ended ? STRETCH : 1;
	if (!wish->fixed_block)
		scale_blocks(cells, fmin(fmax(rounds / ROUNDS_AIM, SHRINK), longest));
	b->round_s = round_s(cells);
	rounds = fmax(1, wish->seconds / b->round_s);
	return wish->open_ended ? rounds : fmin(rounds, ROUNDS_ENOUGH);
}

static uint32_t enough(const struct cell *cell, const struct budget_wish *wish)
{
	if (cell->at_most != 0)
		return cell->at_most;
	return wish->open_ended ? UINT32_MAX : ROUNDS_ENOUGH * cell->in_round;
}

bool budget_plan(struct budget *b, struct cells *cells, const struct budget_wish *wish)
{
	*b = (struct budget){.seconds = wish->seconds, .count = cells->count, .cells = calloc(cells->count, sizeof(*b->cells))};
	if (b->cells == NULL) {
		fprintf(stderr, "extram-bench: no memory for %u cells\n", cells->count);
		return false;
	}
	if (wish->seconds == 0) {
		b->round_s = round_s(cells);
		return true;
	}
	double rounds = plan_rounds(b, cells, wish);
	for (uint32_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->all[i];
		if (!wish->fixed_repetitions)
			cell->repetitions = enough(cell, wish);
		b->cells[i].share_s = SHARE_SLACK * rounds * nominal_s(cell) * cell->in_round;
	}
	return true;
}

void budget_free(struct budget *b)
{
	free(b->cells);
	b->cells = NULL;
}

/* The expected time of the cell's next block. */
static double next_s(const struct budget *b, const struct cells *cells, uint32_t i)
{
	const struct budget_cell *c = &b->cells[i];
	return c->blocks == 0 ? nominal_s(&cells->all[i]) : c->spent_s / c->blocks;
}

bool budget_due(const struct budget *b, const struct cells *cells, uint32_t i, double elapsed_s)
{
	const struct budget_cell *c = &b->cells[i];
	if (c->blocks >= cells->all[i].repetitions)
		return false;
	if (b->seconds == 0)
		return true;
	double next = next_s(b, cells, i);
	return elapsed_s + next <= b->seconds && (c->blocks == 0 || c->spent_s + next <= c->share_s);
}

void budget_spend(struct budget *b, uint32_t i, double seconds)
{
	b->cells[i].spent_s += seconds;
	b->cells[i].blocks++;
}

double budget_left(const struct budget *b, const struct cells *cells, double elapsed_s)
{
	double left = 0;
	for (uint32_t i = 0; i < cells->count; i++)
		if (b->cells[i].blocks < cells->all[i].repetitions)
			left += next_s(b, cells, i) * (double)(cells->all[i].repetitions - b->cells[i].blocks);
	return b->seconds == 0 ? left : fmin(left, fmax(0, b->seconds - elapsed_s));
}

uint32_t budget_blocks(const struct budget *b, const struct cells *cells)
{
	double rounds = b->seconds / b->round_s;
	double sum = 0;
	for (uint32_t i = 0; i < cells->count; i++)
		sum += b->seconds == 0 ? cells->all[i].repetitions : fmin(cells->all[i].repetitions, rounds * cells->all[i].in_round);
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}
