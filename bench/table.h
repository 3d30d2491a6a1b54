/* SPDX-License-Identifier: BSD-3-Clause */
/* Every cell of rows as text, and the lists of --list. One thread at a time. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "cells.h"
#include "rows.h"

/* Prints the medians of all cells: a table for each workload and its conditions, a line a strategy, the floors beside them. */
void table_print(FILE *f, const struct rows *rows);

/* Prints strategies, limits and the chosen cells, for --list. */
void table_list(FILE *f, const struct cells *cells);

#endif
