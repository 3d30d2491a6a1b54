/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one screen: a line a strategy, a column a headline question, at most 40 lines of at most 100 columns. It is made of
 * rows alone, so a file gives the same screen as the run that wrote it. One thread at a time.
 */
#ifndef BENCH_SCREEN_H
#define BENCH_SCREEN_H

#include <stdio.h>

#include "rows.h"

/* Prints the table. Returns the number of lines; 0: the rows answer none of the questions, nothing was printed. */
uint32_t screen_table(FILE *f, const struct rows *rows);

/* Prints what stands below the table: what was measured, how quiet the machine was, what the marks mean. */
void screen_words(FILE *f, const struct rows *rows);

#endif
