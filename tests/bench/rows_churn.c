/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The row of churn. The block is made up, but its lines start real threads. The clock is made up as
 * well: each look at it takes as long as the test says. The source is included for that.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "made_up_block.h"
#include "real.h"

static uint64_t ticks, life;

static uint64_t look(void)
{
	return ticks += life;
}

/* In place of the real one, for the source below. */
#define clock_now() look()
#include "../../bench/work/work_churn.c"

#include <cmocka.h>

#define CALLS_EACH 3

static struct csv_row made_row;

/* 100 lives of 80 ticks, 150 of 120 and 50 of 200. */
static void live_and_die(void)
{
	static const struct {
		uint64_t ticks, times;
	} lives_of[] = {{80, 100}, {120, 150}, {200, 50}};
	struct loops_thread thread = {.rt = made_up_plan.rt, .random = 1, .countdown = 1, .context = made_up_plan.context};
	static struct histogram pairs;
	thread.histogram = &pairs;
	pairs = (struct histogram){.total = 0};
	assert_true(made_up_plan.enter(&thread));
	for (int i = 0; i < 3; i++) {
		life = lives_of[i].ticks;
		made_up_plan.run(&thread, lives_of[i].times);
	}
	made_up_plan.leave(&thread);
	assert_true(pairs.total > 0);
}

static enum block_status run_churn(uint32_t threads, uint32_t calls)
{
	struct cell cell = made_up_cell(&workload_churn, RIG_CALLBACK);
	cell.threads = threads;
	cell.calls = calls;
	made_up_used = (struct usage){1000, 10, 20};
	made_up_more = (struct usage){3702, 2, 5};
	return made_up_run(&cell, &made_row);
}

static void counts_of_a_churn(void **state)
{
	(void)state;
	assert_int_equal(run_churn(1, CALLS_EACH), BLOCK_DONE);
	assert_int_equal(made_row.bound, 1);
	assert_int_equal(made_row.windows, 0);
	assert_int_equal(made_row.pairs, 1234 * CALLS_EACH); /* the block's pairs are lives */
	assert_int_equal(made_row.wall_ns, 56789);
	made_up_near(made_row.jain, 0.75);
	assert_int_equal(made_row.steal_ns, 6);
	assert_true(made_row.run_wait_ns == CSV_EMPTY); /* the lives' is unknown */
	made_up_expect_times(&made_row, MADE_UP_BLOCK_FIRST);
}

/* The process's, since its threads are not the block's. */
static void usage_of_a_churn(void **state)
{
	(void)state;
	run_churn(1, CALLS_EACH);
	made_up_near(made_row.cpu_ns_per_pair, 1); /* 3702 ns of 3702 pairs */
	assert_int_equal(made_row.nvcsw, 2);
	assert_int_equal(made_row.nivcsw, 5);
	run_churn(1, 0);
	assert_int_equal(made_row.pairs, 0);
	assert_true(isnan(made_row.cpu_ns_per_pair));
}

static void a_life_is_the_median_where_lines_have_cpus(void **state)
{
	(void)state;
	run_churn(1, CALLS_EACH);
	assert_true(isnan(made_row.us_per_thread)); /* no life at all */
	made_up_during = live_and_die;
	run_churn(1, CALLS_EACH);
	made_up_near(made_row.us_per_thread, 0.060); /* of 300, the middle ones take 120 ticks */
}

static void a_life_is_the_mean_where_they_have_not(void **state)
{
	uint32_t threads = topology_cpus(made_up_topology) + 1;
	(void)state;
	run_churn(threads, CALLS_EACH);
	made_up_near(made_row.us_per_thread, 56.789 * threads / 1234);
	made_up_block.total.pairs = 0;
	run_churn(threads, CALLS_EACH);
	assert_true(isnan(made_row.us_per_thread));
}

static void a_churn_of_a_real_runtime(void **state)
{
	static const struct extram_strategy strategy = {.name = "made up"};
	const struct real real = {.loops = {.strategy = &strategy}, .version = "version 1"};
	struct cell cell = made_up_cell(&workload_churn, RIG_CALLBACK);
	uint32_t length = 5;
	(void)state;
	cell.loops = &real.loops;
	cell.real = &real;
	cell.prefill = 1;
	cell.calls = CALLS_EACH;
	real_library.facts.length = &length;
	real_library.facts.procs = 2;
	assert_int_equal(made_up_run(&cell, &made_row), BLOCK_DONE);
	assert_int_equal(made_row.pairs, 1234 * CALLS_EACH);
	assert_int_equal(made_row.tokens, 2);
	assert_int_equal(made_row.ms_created, 5);
	assert_null(made_up_plan.rt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(counts_of_a_churn, made_up_block_reset),
	    cmocka_unit_test_setup(usage_of_a_churn, made_up_block_reset),
	    cmocka_unit_test_setup(a_life_is_the_median_where_lines_have_cpus, made_up_block_reset),
	    cmocka_unit_test_setup(a_life_is_the_mean_where_they_have_not, made_up_block_reset),
	    cmocka_unit_test_setup(a_churn_of_a_real_runtime, made_up_block_reset),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return made_up_begin() ? cmocka_run_group_tests_name("row of a churn", tests, NULL, NULL) : 1;
}
