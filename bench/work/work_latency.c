/* SPDX-License-Identifier: BSD-3-Clause */
/* latency: the loop of pair, with one pair in eight timed. How long does a pair take? */
#include "looped.h"

static const struct workload_quantity quantities[] = {
    WORKLOAD_LATENCY("p50", p50_ns), WORKLOAD_LATENCY("p99.9", p999_ns), WORKLOAD_LATENCY("max", max_ns), {.heading = NULL}};

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_ENDS, 3, 300, LOOPED_BARE},
	{WORKLOAD_FIELD, WORKLOAD_LIST, WORKLOAD_ENDS, 2, 800, LOOPED_WORKING},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_CPUS, 2, 800, LOOPED_BARE},
	{WORKLOAD_EVERY, WORKLOAD_LIST, WORKLOAD_CPUS, 2, 60, LOOPED_WORKING},
	{WORKLOAD_FULL, WORKLOAD_LIST | WORKLOAD_CALLBACK, WORKLOAD_SCALE, 5, 1000, LOOPED_BOTH, .all_placements = true},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_latency = {
    .name = "latency",
    .question = "time of a pair",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .run = looped_run_timed,
    .run_real = looped_run_timed_real,
};
