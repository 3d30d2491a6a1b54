/* SPDX-License-Identifier: BSD-3-Clause */
/* The answer of a run on the terminal: medians over repetitions, floors beside the strategies. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "cells.h"

/* Prints what is done. */
void table_print(FILE *f, const struct cells *cells);

/* Prints strategies, limits and the chosen cells, for --list. */
void table_list(FILE *f, const struct cells *cells);

#endif
