/* SPDX-License-Identifier: BSD-3-Clause */
/* pair: get and put, with hold and think or without. What does a pair cost? */
#include "looped.h"

static const struct workload_quantity quantities[] = {
    WORKLOAD_QUANTITY("pair", ns_per_pair, UNITS_NS), WORKLOAD_QUANTITY("Jain", jain, UNITS_RATIO), {.heading = NULL}};

#define LIST WORKLOAD_LIST
#define CALLBACK WORKLOAD_CALLBACK
#define MANY 100000 /* ms, to show that the cost of a pair does not depend on the list's length */

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, LIST, WORKLOAD_SCALE, 5, 200, LOOPED_BOTH},
	{WORKLOAD_FIELD, LIST, WORKLOAD_ONE, 3, 100, LOOPED_BARE, .prefill = MANY},
	{WORKLOAD_FIELD, CALLBACK, WORKLOAD_SCALE, 4, 200, LOOPED_BARE},
	{WORKLOAD_EVERY, LIST | CALLBACK, WORKLOAD_ENDS, 2, 40, LOOPED_BARE},
	{WORKLOAD_FULL, LIST, WORKLOAD_SCALE, 9, 300, .gaps = {{0, 0}, {300, 0}, {300, 300}, {0, 2000}}, .gap_count = 4, .all_placements = true},
	{WORKLOAD_FULL, LIST, WORKLOAD_ENDS, 3, 200, LOOPED_BARE, .prefill = 1000},
	{WORKLOAD_FULL, LIST, WORKLOAD_ENDS, 3, 200, LOOPED_BARE, .prefill = MANY},
	{WORKLOAD_FULL, LIST, WORKLOAD_ENDS, 3, 200, LOOPED_BARE, .prefill = 10 * MANY},
	{WORKLOAD_FULL, CALLBACK, WORKLOAD_SCALE, 9, 300, LOOPED_BOTH, .all_placements = true},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_pair = {
    .name = "pair",
    .question = "thread time of a pair",
    .quantities = quantities,
    .groups = groups,
    .clean_windows = true,
    .threads_max = 32,
    .run = looped_run,
    .run_real = looped_run_real,
};
