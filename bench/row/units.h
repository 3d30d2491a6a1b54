/* SPDX-License-Identifier: BSD-3-Clause */
/* Readable numbers: two or three digits and a unit. */
#ifndef BENCH_UNITS_H
#define BENCH_UNITS_H

#include <stdio.h>

/* What a number measures. */
enum units { UNITS_NS, UNITS_US, UNITS_MS, UNITS_COUNT, UNITS_RATIO };

#define UNITS_BYTES 16 /* size of a text, with its NUL */
#define UNITS_WIDTH 8  /* most terminal columns of a text whose value is not negative */

/*
 * Formats a value: times as "2.60 ns", "113 us" or "1.10 s", counts as "12" or "1.23 M", ratios as
 * "0.98". NAN is "-". A positive value that would round to 0 is "<0.01". In a UTF-8 locale the
 * micro sign replaces "u". Thread-safe unless another thread calls setlocale.
 */
void units_write(char text[UNITS_BYTES], enum units unit, double value);

/* Prints a space, the text right-aligned in UNITS_WIDTH columns, and a mark of one column. */
void units_print(FILE *f, const char *text, char mark);

#endif
