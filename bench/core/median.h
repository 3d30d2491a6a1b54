/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_MEDIAN_H
#define BENCH_MEDIAN_H

#include <stdint.h>

/* Sorts n > 0 values, none NAN. Returns the median: of an even n, the mean of the middle two. */
double median_sort(double *values, uint32_t n);

#endif
