/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of the cells stay: --filter, and the floors and limits beside what it chooses. */
#ifndef BENCH_CELLS_FILTER_H
#define BENCH_CELLS_FILTER_H

#include "cells.h"

/*
 * Takes away the cells that the options' filter does not choose, but for floors and limits that a comparison of the
 * others needs. False: the filter is no expression, or nothing that was asked for is left; the cause was printed. The cells
 * remain to be freed.
 */
bool cells_filter(struct cells *cells, const struct options *options);

#endif
