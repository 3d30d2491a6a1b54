/* SPDX-License-Identifier: BSD-3-Clause */
/* What all blocks of each timed cell have sampled, kept through the run and written beside the result file at its end. */
#ifndef BENCH_DISTRIBUTIONS_H
#define BENCH_DISTRIBUTIONS_H

#include "cells.h"
#include "histogram.h"
#include "machine.h"

struct distributions {
	const struct cells *cells;
	struct histogram **of; /* a cell's, by its place in cells; NULL until it has samples */
};

/* All here alone. False: the cause was printed, there is nothing to free. */
bool distributions_begin(struct distributions *d, const struct cells *cells);

/* Adds a block's samples to those of its cell. False: no memory, which was printed; what was there stays. */
bool distributions_add(struct distributions *d, const struct cell *cell, const struct histogram *h);

/* Writes STEM.hgrm/CELL.hgrm for each cell with samples; no folder if none has. False: the cause was printed. */
bool distributions_write(const struct distributions *d, const char *stem, const struct machine *machine, const char *run_id);

void distributions_free(struct distributions *d);

#endif
