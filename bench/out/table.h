/* SPDX-License-Identifier: BSD-3-Clause */
/* The full table of every cell, and the output of --list. Not thread-safe. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "cells.h"
#include "rows.h"

/*
 * Prints the medians of all cells: a table for each workload and its conditions, with a line for
 * each strategy and floor.
 */
void table_print(FILE *f, const struct rows *rows);

/* Prints the strategies, workloads, limits and selected cells, for --list. */
void table_list(FILE *f, const struct cells *cells);

/* The same for programs: a heading line, then a line each, with fields between tabs. */
void table_list_tsv(FILE *f, const struct cells *cells);

#endif
