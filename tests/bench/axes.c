/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of cells, and the cells that options and the groups of workloads make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crooked.h"
#include "options.h"

static struct topology *topology;

static void name_is(const struct csv_row *row, const char *expected)
{
	char *name = axes_name(row);
	assert_string_equal(name, expected);
	free(name);
}

static void names_are_those_of_their_rows(void **state)
{
	struct csv_row row;
	(void)state;
	csv_clear(&row);
	row.workload = "churn";
	row.level = "list";
	row.strategy = "some";
	row.placement = "smt";
	row.threads = 3;
	row.hold_ns = row.think_ns = 0;
	row.prefill = 4;
	name_is(&row, "churn/list/some/threads:3/smt/hold:0/think:0/prefill:4");
	row.calls = 0;
	name_is(&row, "churn/list/some/threads:3/smt/hold:0/think:0/prefill:4");
	row.calls = 10;
	row.variant = "a/b c";
	name_is(&row, "churn/list/some:a_b_c/threads:3/smt/hold:0/think:0/prefill:4/calls:10");
}

/* The cells of a workload and these options, in the field set. Aborts if there are none. */
static struct cells built(struct options *options, const char *workload)
{
	struct cells cells;
	options->set = WORKLOAD_FIELD;
	options->only = true;
	axes_append(&options->asked[AXES_workload], (uint64_t)workload_find(workload));
	axes_append(&options->asked[AXES_placement], TOPOLOGY_NONE);
	assert_true(cells_build(&cells, options, topology));
	return cells;
}

static uint32_t count(const struct cells *cells, enum axes axis, uint64_t value)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < cells->count; i++)
		n += cells->all[i].at[axis] == value;
	return n;
}

static void an_option_replaces_the_values_of_a_group(void **state)
{
	struct options options = {.set = WORKLOAD_FIELD};
	(void)state;
	axes_append(&options.asked[AXES_load], 33);
	axes_append(&options.asked[AXES_hold_ns], 7);
	axes_append(&options.asked[AXES_hold_ns], 8);
	struct cells cells = built(&options, "openloop");
	/* Both kinds of arrivals, and both holds. */
	assert_int_equal(cells.count, 4);
	assert_int_equal(count(&cells, AXES_load, 33), 4);
	assert_int_equal(count(&cells, AXES_hold_ns, 7), 2);
	assert_int_equal(count(&cells, AXES_arrivals, AXES_FIXED), 2);
	cells_free(&cells);
}

static void arrivals_and_levels_select(void **state)
{
	struct options options = {.set = WORKLOAD_FIELD};
	(void)state;
	axes_append(&options.asked[AXES_arrivals], AXES_FIXED);
	axes_append(&options.asked[AXES_level], AXES_LIST);
	struct cells cells = built(&options, "openloop");
	/* Of the loads, only one has fixed arrivals. */
	assert_int_equal(cells.count, 1);
	assert_int_equal(cells.all[0].load, 70);
	cells_free(&cells);
}

static void cells_have_the_axes_of_their_workload(void **state)
{
	struct options options = {.set = WORKLOAD_FIELD};
	(void)state;
	axes_append(&options.asked[AXES_calls], 5);
	axes_append(&options.asked[AXES_signal_hz], 50);
	axes_append(&options.asked[AXES_threads], 1);
	axes_append(&options.asked[AXES_level], AXES_LIST);
	struct cells cells = built(&options, "churn");
	assert_int_equal(cells.count, 1);
	assert_int_equal(cells.all[0].given, 1U << AXES_calls);
	assert_int_equal(cells.all[0].calls, 5);
	assert_int_equal(cells.all[0].prefill, 2);
	cells_free(&cells);
}

static void a_think_is_that_of_its_hold(void **state)
{
	struct options options = {.set = WORKLOAD_FIELD};
	(void)state;
	axes_append(&options.asked[AXES_threads], 1);
	axes_append(&options.asked[AXES_level], AXES_LIST);
	axes_append(&options.asked[AXES_prefill], 2);
	struct cells cells = built(&options, "pair");
	assert_int_equal(cells.count, 2);
	for (uint32_t i = 0; i < cells.count; i++)
		assert_int_equal(cells.all[i].hold_ns, cells.all[i].think_ns);
	assert_int_equal(count(&cells, AXES_hold_ns, 300), 1);
	cells_free(&cells);
}

static void too_many_threads_make_no_cells(void **state)
{
	struct options options = {.set = WORKLOAD_FIELD, .only = true};
	struct cells cells;
	(void)state;
	axes_append(&options.asked[AXES_threads], 33 * (uint64_t)topology_cpus(topology));
	axes_append(&options.asked[AXES_workload], (uint64_t)workload_find("pair"));
	assert_false(cells_build(&cells, &options, topology));
}

static int open_topology(void **state)
{
	(void)state;
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	return topology == NULL ? -1 : 0;
}

static int close_topology(void **state)
{
	(void)state;
	topology_close(topology);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_those_of_their_rows), cmocka_unit_test(an_option_replaces_the_values_of_a_group),
	    cmocka_unit_test(arrivals_and_levels_select),    cmocka_unit_test(cells_have_the_axes_of_their_workload),
	    cmocka_unit_test(a_think_is_that_of_its_hold),   cmocka_unit_test(too_many_threads_make_no_cells),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_topology, close_topology);
}
