/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The samples of each timed cell, collected over all its blocks and written beside the result file
 * at the end.
 */
#ifndef BENCH_DISTRIBUTIONS_H
#define BENCH_DISTRIBUTIONS_H

#include "cells.h"
#include "histogram.h"
#include "machine.h"

struct distributions {
	const struct cells *cells;
	struct histogram **of; /* one for each cell, in the order of cells; NULL: no samples yet */
};

/*
 * Not thread-safe, like all functions here. False: the cause was printed and there is nothing to
 * free.
 */
bool distributions_begin(struct distributions *d, const struct cells *cells);

/*
 * Adds a block's samples to its cell. False: no memory; the cause was printed and earlier samples
 * stay.
 */
bool distributions_add(struct distributions *d, const struct cell *cell, const struct histogram *h);

/*
 * Writes STEM.hgrm/CELL.hgrm for each cell with samples. Makes no folder if there are none. False:
 * the cause was printed.
 */
bool distributions_write(const struct distributions *d, const char *stem, const struct machine *machine, const char *run_id);

void distributions_free(struct distributions *d);

#endif
