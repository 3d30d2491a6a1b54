/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_CELLS_CHECK_H
#define BENCH_CELLS_CHECK_H

#include "options.h"
#include "topology.h"

/* Checks the values asked for that depend on the machine. False: the cause was printed. */
bool cells_check(const struct options *options, const struct topology *topology);

/*
 * Reports whether a workload of limits calibrates models. Not where limits only stand beside what
 * is asked for, and not in the smoke set, whose time is short.
 */
bool cells_calibrate(const struct options *options, uint64_t workload);

#endif
