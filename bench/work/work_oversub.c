/* SPDX-License-Identifier: BSD-3-Clause */
/* oversub: latency with more threads than CPUs. */
#include "looped.h"

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("p99.9", p999_ns),
						      WORKLOAD_LATENCY("max", max_ns),
						      WORKLOAD_QUANTITY("CPU/pair", cpu_ns_per_pair, UNITS_NS),
						      {.heading = NULL}};

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_OVER_MOST, 3, 700, LOOPED_BARE},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_OVER_MOST, 2, 1000, LOOPED_BARE},
	{WORKLOAD_EVERY, WORKLOAD_LIST | WORKLOAD_CALLBACK, WORKLOAD_OVER_MOST, 1, 200, LOOPED_BARE},
	{WORKLOAD_FULL, WORKLOAD_LIST | WORKLOAD_CALLBACK, WORKLOAD_OVER_ALL, 5, 1500, LOOPED_BOTH, .all_placements = true},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_oversub = {
    .name = "oversub",
    .question = "more threads than CPUs: time of a pair",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .run = looped_run_timed,
    .run_real = looped_run_timed_real,
};
