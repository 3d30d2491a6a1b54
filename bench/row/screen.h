/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one screen: a line for each strategy and a column for each headline question, in at most 40
 * lines of at most 100 columns. It depends on rows alone, so a file gives the same screen as the
 * run that wrote it. Not thread-safe.
 */
#ifndef BENCH_SCREEN_H
#define BENCH_SCREEN_H

#include <stdio.h>

#include "rows.h"

/*
 * Prints the table and returns its number of lines. 0: the rows answer no question; nothing was
 * printed.
 */
uint32_t screen_table(FILE *f, const struct rows *rows);

/*
 * Prints the notes below the table: what was measured, how quiet the machine was, what the marks
 * mean.
 */
void screen_words(FILE *f, const struct rows *rows);

#endif
