/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a run spends its time. Blocks run in rounds. Each round runs in_round blocks of each cell
 * that is due, so that a cell's blocks spread over the whole run. The planner sets the length of
 * the blocks; rounds repeat until the time is up. Nothing here reads a clock. Not thread-safe.
 */
#ifndef BENCH_BUDGET_H
#define BENCH_BUDGET_H

#include "cells.h"

struct budget_cell {
	double share_s; /* the cell's share of the time */
	double spent_s;
	uint32_t blocks;
};

struct budget {
	double seconds; /* 0: no limit; the cells' repetitions decide when it ends */
	double round_s; /* target length of a round */
	struct budget_cell *cells;
	uint32_t count;
};

struct budget_wish {
	double seconds;         /* 0: no limit */
	bool open_ended;        /* rounds repeat until the time is up */
	bool fixed_block;       /* the user gave a block length */
	bool fixed_repetitions; /* the user gave a number of rounds */
};

/*
 * Sets the cells' block_ms and repetitions where the wish leaves them free. False: no memory; the
 * cause was printed and there is nothing to free.
 */
bool budget_plan(struct budget *budget, struct cells *cells, const struct budget_wish *wish);
void budget_free(struct budget *budget);

/* Reports whether the cell is due for a block, elapsed_s into the run. */
bool budget_due(const struct budget *budget, const struct cells *cells, uint32_t cell, double elapsed_s);

/* Charges time to a cell. */
void budget_spend(struct budget *budget, uint32_t cell, double seconds);

/* Planned number of blocks. */
uint32_t budget_blocks(const struct budget *budget, const struct cells *cells);

/* Estimated seconds until the end of the run. */
double budget_left(const struct budget *budget, const struct cells *cells, double elapsed_s);

#endif
