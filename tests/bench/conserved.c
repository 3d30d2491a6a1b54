/* SPDX-License-Identifier: BSD-3-Clause */
/* Every workload runs on a list that loses an m, and on one that hands an m out twice. Each of
 * these blocks must fail, and the same block on an honest list must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "crooked.h"
#include "spin.h"
#include "trace.h"
#include "workload.h"

static struct topology *topology;
static const _Atomic bool never;

static struct trace_event events[] = {{0, 0, 100}, {0, 50000, 100}, {1, 100000, 100}};
static uint32_t first[] = {0, 2, 3};
static const struct trace trace = {.name = "made up", .events = events, .first = first, .threads = 2, .count = 3, .length_ns = 100100};

/* One more m than threads, so that one stays parked. */
static struct cell cell_of(const struct workload *workload, enum rig_level level)
{
	return (struct cell){.loops = &loops_crooked,
			     .strategy = &extram_crooked,
			     .workload = workload,
			     .level = level,
			     .variant = "",
			     .threads = 2,
			     .placement = TOPOLOGY_NONE,
			     .think_ns = workload == &workload_mixed ? 1000000 : 0,
			     .prefill = 3,
			     .block_ms = 5,
			     .load = 50,
			     .tokens = 1,
			     .trace = &trace,
			     .calls = workload == &workload_churn ? 2 : 0};
}

static enum block_status run(const struct workload *workload, enum rig_level level, enum crooked what)
{
	static struct histogram samples;
	const struct cell cell = cell_of(workload, level);
	struct csv_row row;
	csv_clear(&row);
	row.threads = cell.threads;
	row.cpus = topology_cpus(topology);
	crooked_does = what;
	return workload->run(&(struct workload_run){
	    .cell = &cell, .topology = topology, .window_us = 1000, .abort = &never, .row = &row, .samples = &samples});
}

static void fails_without_an_m(const struct workload *workload, enum rig_level level)
{
	print_message("# %s\n", workload->name);
	assert_int_not_equal(run(workload, level, CROOKED_NEVER), BLOCK_FAILED);
	assert_int_equal(run(workload, level, CROOKED_LOSES), BLOCK_FAILED);
	assert_int_equal(run(workload, level, CROOKED_TWICE), BLOCK_FAILED);
}

/* All of them, or a new one would go without. The machine's limits have no list. */
static void every_workload_sees_it(void **state)
{
	(void)state;
	for (const struct workload *const *w = workload_all; *w != NULL; w++)
		if (*w != &workload_limit)
			fails_without_an_m(*w, RIG_CALLBACK);
}

static void at_level_list_too(void **state)
{
	(void)state;
	fails_without_an_m(&workload_pair, RIG_LIST);
	fails_without_an_m(&workload_churn, RIG_LIST);
	fails_without_an_m(&workload_mixed, RIG_LIST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_workload_sees_it),
	    cmocka_unit_test(at_level_list_too),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	spin_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("conserved", tests, NULL, NULL);
	topology_close(topology);
	return failed;
}
