/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers for people: two or three digits and a unit. */
#ifndef BENCH_UNITS_H
#define BENCH_UNITS_H

#include <stdio.h>

/* What a number counts. */
enum units { UNITS_NS, UNITS_US, UNITS_MS, UNITS_COUNT, UNITS_RATIO };

#define UNITS_BYTES 16 /* of a text, with its end */
#define UNITS_WIDTH 8  /* columns of a terminal that a text takes at most, if its value is not negative */

/*
 * Writes a value: times as "2.60 ns", "113 us" or "1.10 s", whatever unit they are given in; counts as "12" or "1.23 M"; ratios as "0.98".
 * NAN is "-". A positive value that would look like 0 is "<0.01". The micro sign is used where the locale's encoding is UTF-8. Thread-safe
 * while nobody calls setlocale.
 */
void units_write(char text[UNITS_BYTES], enum units unit, double value);

/* Prints a space, the text right-aligned in UNITS_WIDTH columns, and a mark of one column. So two texts never run together. */
void units_print(FILE *f, const char *text, char mark);

#endif
