/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of coldburst and idle, from bursts whose results are made up. The threads of a burst run
 * one after another. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "burst.h"
#include "made_up.h"
#include "real.h"

#define GUESTS 4
#define NEW_THREADS 64 /* of idle */

/* Of the burst, and of the one inside it. */
static const struct burst_result results[] = {
    {{.bound = 3, .pairs = GUESTS, .wall_ns = 5000, .cpu_ns = 800, .nvcsw = 7, .nivcsw = 8, .steal_ns = 6}, 1.5},
    {{.bound = 60, .pairs = NEW_THREADS, .wall_ns = 6000, .cpu_ns = 900, .nvcsw = 100, .nivcsw = 200, .steal_ns = 9}, 2.5},
};

static struct csv_row row;
static enum block_status status[2];
static int depth;

/* In place of the real ones. */
void burst_stay(struct crew_thread *t)
{
	(void)t;
}

enum block_status burst_run(const struct crew_plan *plan, struct burst_result *result)
{
	static struct crew_thread guests[NEW_THREADS + GUESTS];
	int level = depth++;
	for (uint32_t i = 0; i < plan->threads; i++) {
		guests[i] = (struct crew_thread){.context = plan->context, .index = i, .bound = i % 2 == 0};
		plan->body(&guests[i]);
	}
	depth--;
	*result = results[level];
	return status[level];
}

static int make(void **state)
{
	(void)state;
	status[0] = status[1] = BLOCK_DONE;
	crooked_does = CROOKED_NEVER;
	made_up_ns = 0;
	made_up_step_ns = 0; /* coldburst's processors look at it in threads of their own */
	return 0;
}

static enum block_status run(const struct workload *workload)
{
	struct cell cell = made_up_cell(workload, RIG_CALLBACK);
	made_up_step_ns = workload == &workload_idle ? 1000000 : 0;
	cell.threads = GUESTS;
	cell.tokens = 2;
	return made_up_run(&cell, &row);
}

static void a_cold_burst(void **state)
{
	(void)state;
	assert_int_equal(run(&workload_coldburst), BLOCK_DONE);
	assert_int_equal(row.bound, 3);
	assert_int_equal(row.windows, 0);
	assert_int_equal(row.pairs, GUESTS);
	assert_int_equal(row.wall_ns, 5000);
	made_up_near(row.cpu_ns_per_pair, 800.0 / GUESTS);
	made_up_near(row.all_in_ms, 1.5);
	assert_int_equal(row.nvcsw, 7);
	assert_int_equal(row.nivcsw, 8);
	assert_int_equal(row.steal_ns, 6);
	assert_int_equal(row.ms_created, MADE_UP_MS);
	assert_int_equal(row.ms_retained, MADE_UP_MS);
}

static void an_idle_crowd(void **state)
{
	(void)state;
	assert_int_equal(run(&workload_idle), BLOCK_DONE);
	assert_int_equal(row.bound, GUESTS / 2); /* the observer and the new ones do not count */
	assert_int_equal(row.windows, 0);
	assert_int_equal(row.pairs, GUESTS + NEW_THREADS);
	assert_int_equal(row.wall_ns, 5000);
	assert_int_equal(row.nvcsw, 107);
	assert_int_equal(row.nivcsw, 208);
	made_up_near(row.all_in_ms, 2.5); /* the new ones' */
	made_up_near(row.ms_in_use, 0);
	made_up_near(row.ms_held, 0);
	assert_int_equal(row.ms_created, MADE_UP_MS);
}

/* As if idle threads kept two ms. */
static struct extram_strategy hoarding;

static uint32_t two_less(struct extram_list *list)
{
	return extram_crooked.length(list) - 2;
}

static void ms_held_are_those_not_on_the_list(void **state)
{
	struct cell cell = made_up_cell(&workload_idle, RIG_CALLBACK);
	(void)state;
	made_up_step_ns = 1000000;
	hoarding = extram_crooked;
	hoarding.length = two_less;
	cell.strategy = &hoarding;
	cell.threads = GUESTS;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_FAILED); /* its length is wrong */
	made_up_near(row.ms_held, 2);
	assert_int_equal(row.ms_retained, MADE_UP_MS - 2);
}

static void call(extram_go_inside *inside, void *arg)
{
	inside(arg);
}

/* The first burst grows its list to the prefill, by a thread less. */
static void a_cold_burst_of_a_real_runtime(void **state)
{
	static const struct extram_strategy strategy = {.name = "made up"};
	const struct real real = {.loops = {.strategy = &strategy}, .version = "version 1"};
	struct cell cell = made_up_cell(&workload_coldburst, RIG_CALLBACK);
	uint32_t length = 5;
	(void)state;
	cell.loops = &real.loops;
	cell.real = &real;
	cell.threads = GUESTS;
	real_library.call = call;
	real_library.facts.length = &length;
	real_library.facts.procs = 2;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	assert_int_equal(row.pairs, GUESTS);
	made_up_near(row.all_in_ms, 1.5);
	assert_int_equal(row.tokens, 2);
	assert_int_equal(row.ms_created, 5);
	assert_string_equal(row.variant, "version 1");
	length = MADE_UP_MS - 1;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_FAILED);
	length = 5;
	status[0] = BLOCK_HUNG; /* the burst that grows the list hangs: no list to measure on */
	assert_int_equal(made_up_run(&cell, &row), BLOCK_FAILED);
}

/* What a burst ends with, each of the two. */
static void bursts_that_fail_or_hang(void **state)
{
	const enum block_status bad[] = {BLOCK_FAILED, BLOCK_HUNG};
	for (int i = 0; i < 2; i++) {
		make(state);
		status[0] = bad[i];
		assert_int_equal(run(&workload_coldburst), bad[i]);
		assert_int_equal(run(&workload_idle), bad[i]);
		make(state);
		status[1] = bad[i];
		assert_int_equal(run(&workload_idle), bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_cold_burst, make),
	    cmocka_unit_test_setup(an_idle_crowd, make),
	    cmocka_unit_test_setup(ms_held_are_those_not_on_the_list, make),
	    cmocka_unit_test_setup(a_cold_burst_of_a_real_runtime, make),
	    cmocka_unit_test_setup(bursts_that_fail_or_hang, make),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return made_up_begin() ? cmocka_run_group_tests_name("rows of bursts", tests, NULL, NULL) : 1;
}
