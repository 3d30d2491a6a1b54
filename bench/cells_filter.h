/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters the cells by --filter. */
#ifndef BENCH_CELLS_FILTER_H
#define BENCH_CELLS_FILTER_H

#include "cells.h"

/*
 * Removes the cells that the filter does not select, except the floors and limits that a comparison
 * of the others needs. False: the filter is not a valid expression, or no selected cell is left;
 * the cause was printed. The caller frees the cells in both cases.
 */
bool cells_filter(struct cells *cells, const struct options *options);

#endif
