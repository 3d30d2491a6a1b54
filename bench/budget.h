/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a run spends its time. Blocks come in rounds: a round runs the cell's in_round blocks of each cell that is due, so
 * each cell's blocks are spread over the whole run. The planner sets the length of the blocks; the rounds go on until the time is
 * over. Nothing here reads a clock. One thread at a time.
 */
#ifndef BENCH_BUDGET_H
#define BENCH_BUDGET_H

#include "cells.h"

struct budget_cell {
	double share_s; /* what the cell may spend */
	double spent_s;
	uint32_t blocks;
};

struct budget {
	double seconds; /* 0: no limit; the cells' repetitions decide */
	double round_s; /* what a round should take */
	struct budget_cell *cells;
	uint32_t count;
};

struct budget_wish {
	double seconds;         /* 0: no limit */
	bool open_ended;        /* the rounds go on until the time is over, however many there are */
	bool fixed_block;       /* the blocks' length was asked for */
	bool fixed_repetitions; /* the number of rounds was asked for */
};

/*
 * Plans the cells: sets their block_ms and repetitions where the wish leaves them free. False: no memory; the cause was
 * printed, there is nothing to free.
 */
bool budget_plan(struct budget *budget, struct cells *cells, const struct budget_wish *wish);
void budget_free(struct budget *budget);

/* Should a cell run a block, elapsed_s into the run? */
bool budget_due(const struct budget *budget, const struct cells *cells, uint32_t cell, double elapsed_s);

/* A cell has run for so long. */
void budget_spend(struct budget *budget, uint32_t cell, double seconds);

/* The number of blocks that the run is planned to have. */
uint32_t budget_blocks(const struct budget *budget, const struct cells *cells);

/* Seconds from now to the end of the run, as far as can be known. */
double budget_left(const struct budget *budget, const struct cells *cells, double elapsed_s);

#endif
