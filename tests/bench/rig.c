/* SPDX-License-Identifier: BSD-3-Clause */
/* A block's list is filled on the CPU of its first thread, and afterwards the filling thread may
 * run anywhere. The check for lost and duplicated ms says no where it must. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>

#include "cpu_numbers.h"
#include "crooked.h"
#include "lacks.h"
#include "rig.h"

#define MS 5
#define ROOM 64 /* ms, to look at their addresses */

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
		struct rig *rig =
		    rig_new(&(const struct rig_plan){&watched, RIG_LIST, MS, topology, placements[i], false, 0, NEEDM_LAYOUT_1_19});
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
	struct rig *rig =
	    rig_new(&(const struct rig_plan){&watched, RIG_LIST, MS, topology, TOPOLOGY_COMPACT, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(rig);
	rig_free(rig);
	cpu_set_t *after = cpu_numbers_allowed(&bytes);
	assert_non_null(after);
	assert_true(CPU_EQUAL_S(bytes, before, after));
	CPU_FREE(before);
	CPU_FREE(after);
}

/* What the check says of a list of MS ms that goes wrong. */
static bool conserved(const struct extram_strategy *strategy, enum rig_level level, enum crooked what)
{
	struct rig *rig = rig_new(&(const struct rig_plan){strategy, level, MS, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(rig);
	crooked_do(rig->rt.list, what);
	bool ok = rig_conserved(rig);
	rig_free(rig);
	return ok;
}

static void sees_what_is_lost_and_what_comes_twice(void **state)
{
	(void)state;
	for (enum rig_level level = RIG_LIST; level <= RIG_CALLBACK; level++) {
		assert_true(conserved(&extram_crooked, level, CROOKED_NEVER));
		assert_false(conserved(&extram_crooked, level, CROOKED_LOSES));
		assert_false(conserved(&extram_crooked, level, CROOKED_TWICE));
		assert_false(conserved(&extram_crooked, level, CROOKED_ONE_MORE));
		assert_false(conserved(&extram_crooked, level, CROOKED_MISCOUNTS));
	}
}

/* A list that cannot count need not be right, but it must give back every m. */
static void a_list_that_does_not_count(void **state)
{
	struct extram_strategy strategy = extram_crooked;
	(void)state;
	strategy.properties |= EXTRAM_NO_LENGTH;
	assert_true(conserved(&strategy, RIG_LIST, CROOKED_NEVER));
	assert_true(conserved(&strategy, RIG_LIST, CROOKED_MISCOUNTS));
	assert_false(conserved(&strategy, RIG_LIST, CROOKED_LOSES));
	assert_false(conserved(&strategy, RIG_LIST, CROOKED_TWICE));
}

/* The list and every m, stacks and all, on the node that is asked for. */
static void lives_where_it_is_asked_to(void **state)
{
	const char *why;
	bool last;
	(void)state;
	for (uint32_t node = 0; node < 16; node++)
		for (enum rig_level level = RIG_LIST; level <= RIG_CALLBACK && topology_can_home(topology, node, &why); level++) {
			struct rig *rig = rig_new(&(const struct rig_plan){extram_strategies[0], level, MS, topology, TOPOLOGY_COMPACT,
									   true, node, NEEDM_LAYOUT_1_19});
			assert_non_null(rig);
			assert_int_equal(topology_home_of(topology, rig->rt.list), node);
			for (struct m *mp; (mp = extram_strategies[0]->get(rig->rt.list, true, &last)) != NULL;) {
				assert_int_equal(topology_home_of(topology, mp), node);
				if (level == RIG_CALLBACK)
					assert_int_equal(topology_home_of(topology, needm_of(mp)->curg), node);
			}
			rig_free(rig);
		}
	assert_false(topology_can_home(topology, 999, &why));
}

/* The list's own bytes do not count as those of ms. */
static void bytes_are_those_of_the_ms(void **state)
{
	(void)state;
	struct rig *one =
	    rig_new(&(const struct rig_plan){extram_strategies[0], RIG_CALLBACK, 1, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	struct rig *four =
	    rig_new(&(const struct rig_plan){extram_strategies[0], RIG_CALLBACK, 4, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(one);
	assert_non_null(four);
	assert_int_equal(rig_bytes(four), 4 * rig_bytes(one));
	rig_free(one);
	rig_free(four);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
	return (x > y) - (x < y);
}

/* Takes the ms of a list and sorts their addresses. Returns the number of ms that are so many bytes
 * behind another; none may be nearer, and all must be aligned. */
static int at_distance(enum needm_layout layout, enum rig_level level, uintptr_t bytes, uintptr_t align)
{
	const struct extram_strategy *s = extram_strategies[0];
	struct rig *rig = rig_new(&(const struct rig_plan){s, level, ROOM, topology, TOPOLOGY_NONE, false, 0, layout});
	uintptr_t at[ROOM];
	bool last;
	int next = 0;
	assert_non_null(rig);
	for (int i = 0; i < ROOM; i++) {
		at[i] = (uintptr_t)s->get(rig->rt.list, false, &last);
		assert_int_equal(at[i] % align, 0);
	}
	qsort(at, ROOM, sizeof(at[0]), by_address);
	for (int i = 1; i < ROOM; i++) {
		assert_true(at[i] - at[i - 1] >= bytes);
		next += at[i] - at[i - 1] == bytes;
	}
	rig_free(rig);
	return next;
}

/* At both levels. The allocator has ms of one size side by side, in runs of at least two. */
static void ms_lie_as_the_layout_says(void **state)
{
	(void)state;
	for (enum rig_level level = RIG_LIST; level <= RIG_CALLBACK; level++) {
		assert_true(at_distance(NEEDM_LAYOUT_1_19, level, NEEDM_M_SIZE, EXTRAM_ALIGN) >= ROOM / 2 - 1);
		assert_true(at_distance(NEEDM_LAYOUT_1_24, level, NEEDM_M_SIZE_1_24, NEEDM_M_ALIGN_1_24) >= ROOM / 2 - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_its_caller_free),
	    cmocka_unit_test(fills_where_the_first_thread_runs),
	    cmocka_unit_test(sees_what_is_lost_and_what_comes_twice),
	    cmocka_unit_test(a_list_that_does_not_count),
	    cmocka_unit_test(lives_where_it_is_asked_to),
	    cmocka_unit_test(bytes_are_those_of_the_ms),
	    cmocka_unit_test(ms_lie_as_the_layout_says),
	};
	topology = topology_open(TOPOLOGY_PERFORMANCE);
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
