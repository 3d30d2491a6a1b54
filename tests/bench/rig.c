/* SPDX-License-Identifier: BSD-3-Clause */
/* A block's list is filled on the CPU of its first thread, and afterwards the filling thread may
 * run anywhere. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>

#include "cpu_numbers.h"
#include "rig.h"

#define MS 5

static struct topology *topology;
static struct extram_strategy watched;
static void (*real_put)(struct extram_list *list, struct m *mp);
static int put_on[MS], filled;

static void put(struct extram_list *list, struct m *mp)
{
	assert_true(filled < MS);
	put_on[filled++] = sched_getcpu();
	real_put(list, mp);
}

static int first_cpu(enum topology_placement placement)
{
	assert_true(topology_bind(topology, placement, 0));
	int cpu = sched_getcpu();
	topology_unbind(topology);
	return cpu;
}

static void fills_where_the_first_thread_runs(void **state)
{
	enum topology_placement placements[] = {TOPOLOGY_COMPACT, TOPOLOGY_SCATTER};
	const char *why;
	(void)state;
	for (int i = 0; i < 2; i++) {
		if (!topology_can(topology, placements[i], &why))
			skip();
		/* From another CPU, if there is one. */
		topology_bind(topology, placements[i], topology_cpus(topology) - 1);
		filled = 0;
		struct rig *rig = rig_new(&(const struct rig_plan){&watched, RIG_LIST, MS, topology, placements[i]});
		assert_non_null(rig);
		rig_free(rig);
		assert_int_equal(filled, MS);
		for (int m = 0; m < MS; m++)
			assert_int_equal(put_on[m], first_cpu(placements[i]));
	}
}

static void leaves_its_caller_free(void **state)
{
	size_t bytes;
	(void)state;
	cpu_set_t *before = cpu_numbers_allowed(&bytes);
	assert_non_null(before);
	filled = 0;
	struct rig *rig = rig_new(&(const struct rig_plan){&watched, RIG_LIST, MS, topology, TOPOLOGY_COMPACT});
	assert_non_null(rig);
	rig_free(rig);
	cpu_set_t *after = cpu_numbers_allowed(&bytes);
	assert_non_null(after);
	assert_true(CPU_EQUAL_S(bytes, before, after));
	CPU_FREE(before);
	CPU_FREE(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_its_caller_free),
	    cmocka_unit_test(fills_where_the_first_thread_runs),
	};
	topology = topology_open();
	if (topology == NULL)
		return 1;
	watched = *extram_strategies[0];
	real_put = watched.put;
	watched.put = put;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	topology_close(topology);
	return failed;
}
