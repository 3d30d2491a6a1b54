/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of workloads that loop over pairs, from blocks whose results are made up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "made_up_block.h"
#include "needm.h"
#include "real.h"

static struct csv_row row;

static enum block_status run(const struct workload *workload, enum rig_level level)
{
	const struct cell cell = made_up_cell(workload, level);
	return made_up_run(&cell, &row);
}

static void a_block_of_pairs(void **state)
{
	(void)state;
	assert_int_equal(run(&workload_pair, RIG_LIST), BLOCK_DONE);
	made_up_expect_counts(&row);
	made_up_near(row.ns_per_pair, 11.5);
	assert_true(isnan(row.p50_ns) && row.samples == CSV_EMPTY);
	assert_int_equal(made_up_samples.total, 0);
}

static void the_list_of_a_block(void **state)
{
	(void)state;
	run(&workload_pair, RIG_LIST);
	assert_int_equal(row.ms_created, MADE_UP_MS);
	assert_int_equal(row.ms_retained, MADE_UP_MS);
	made_up_near(row.bytes_per_m, NEEDM_M_SIZE); /* a size of its own in the allocator */
	assert_int_equal(row.fallback, 0);
	run(&workload_pair, RIG_CALLBACK);
	assert_true(row.bytes_per_m >= NEEDM_M_SIZE + 3 * NEEDM_G_SIZE + NEEDM_GSIGNAL_STACK + NEEDM_CURG_STACK);
}

/* A loop that reads the clock does not show what a pair costs, but the samples do. */
static void a_timed_block(void **state)
{
	const struct workload *timed[] = {&workload_latency, &workload_oversub};
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(timed[i], RIG_LIST), BLOCK_DONE);
		made_up_expect_counts(&row);
		assert_true(isnan(row.ns_per_pair));
		made_up_expect_times(&row, MADE_UP_BLOCK_FIRST);
		assert_int_equal(made_up_samples.total, 2000000);
		assert_true(made_up_plan.timed);
	}
}

static void few_samples_have_no_percentile(void **state)
{
	struct histogram h = {.total = 0};
	(void)state;
	for (int i = 0; i < 199; i++)
		histogram_record(&h, 100);
	workload_fill_tail(&row, &h);
	assert_true(isnan(row.p50_ns) && isnan(row.p9999_ns));
	made_up_near(row.max_ns, 50);
	histogram_record(&h, 100);
	workload_fill_tail(&row, &h);
	made_up_near(row.p50_ns, 50);
	assert_true(isnan(row.p90_ns));
}

static void the_plan_is_the_cells(void **state)
{
	struct cell cell = made_up_cell(&workload_pair, RIG_CALLBACK);
	(void)state;
	cell.threads = 2;
	cell.hold_ns = 300;
	cell.think_ns = 400;
	made_up_run(&cell, &row);
	assert_ptr_equal(made_up_plan.run, loops_crooked.run[LOOPS_CALLBACK | LOOPS_SPIN]);
	assert_int_equal(made_up_plan.threads, 2);
	assert_int_equal(made_up_plan.hold_ns, 300);
	assert_int_equal(made_up_plan.think_ns, 400);
	assert_int_equal(made_up_plan.block_ms, 7);
	assert_int_equal(made_up_plan.window_us, 500);
	cell = made_up_cell(&workload_latency, RIG_LIST);
	made_up_run(&cell, &row);
	assert_ptr_equal(made_up_plan.run, loops_crooked.run[LOOPS_TIMED]);
}

/* The ms that a thread of workload round takes at once: its share of all but one. */
static uint32_t share(uint32_t prefill, uint32_t threads)
{
	struct cell cell = made_up_cell(&workload_round, RIG_LIST);
	cell.prefill = prefill;
	cell.threads = threads;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	struct loops_thread t = {.context = &cell};
	assert_true(made_up_plan.enter(&t));
	uint32_t found = ((struct loops_round *)t.context)->at_once;
	made_up_plan.leave(&t);
	return found;
}

static void ms_that_go_round(void **state)
{
	struct cell cell = made_up_cell(&workload_round, RIG_LIST);
	(void)state;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	assert_ptr_equal(made_up_plan.run, loops_crooked.run[LOOPS_ROUND]);
	made_up_expect_counts(&row);
	made_up_near(row.ns_per_pair, 11.5);
	assert_int_equal(share(65, 1), 64);
	assert_int_equal(share(10, 4), 2);
	assert_int_equal(share(3, 4), 1);
	cell.think_ns = 1;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_FAILED);
}

static void a_layout_is_the_cells(void **state)
{
	struct cell cell = made_up_cell(&workload_pair, RIG_LIST);
	(void)state;
	cell.layout = NEEDM_LAYOUT_1_24;
	made_up_run(&cell, &row);
	made_up_near(row.bytes_per_m, NEEDM_M_SIZE_1_24);
	cell.level = RIG_CALLBACK;
	double bytes = row.bytes_per_m;
	made_up_run(&cell, &row);
	assert_true(row.bytes_per_m >= bytes + 3 * NEEDM_G_SIZE + NEEDM_GSIGNAL_STACK + NEEDM_CURG_STACK);
}

static void a_limit_has_no_list(void **state)
{
	const struct loops_limit limit = {.name = "made up", .run = loops_crooked.run[0], .shared = true};
	struct cell cell = made_up_cell(&workload_limit, RIG_LIST);
	(void)state;
	cell.limit = &limit;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	made_up_expect_counts(&row);
	made_up_near(row.ns_per_pair, 11.5);
	assert_int_equal(row.ms_created, 0);
	assert_int_equal(row.ms_retained, 0);
	assert_true(made_up_plan.shared && made_up_plan.rt == NULL);
}

/* The time is the median of batches, less the clock's own; a batch is no sample of an operation. */
static void a_limit_timed_in_batches(void **state)
{
	const struct loops_limit limit = {
	    .name = "made up", .run = loops_crooked.run[0], .shared = true, .two = true, .lines = true, .at_once = 4};
	struct cell cell = made_up_cell(&workload_limit, RIG_LIST);
	(void)state;
	cell.limit = &limit;
	clock_facts.floor_ns = 1;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	made_up_near(row.ns_per_pair, ((double)made_up_value(MADE_UP_BLOCK_FIRST, 0) / 2 - 1) / 4);
	assert_true(isnan(row.p50_ns) && row.samples == CSV_EMPTY && made_up_samples.total == 0);
	assert_true(made_up_plan.timed && made_up_plan.shared && made_up_plan.context != NULL);
	clock_facts.floor_ns = 0;
}

static void a_block_that_shows_nothing_is_noisy(void **state)
{
	made_up_block.windows_clean = 3;
	made_up_block.pairs_per_s = NAN;
	assert_int_equal(run(&workload_pair, RIG_LIST), BLOCK_NOISY);
	made_up_block.windows_clean = UINT64_MAX; /* unknown, or more threads than CPUs */
	assert_int_equal(run(&workload_pair, RIG_LIST), BLOCK_DONE);
	made_up_block_reset(state);
	made_up_block.total.pairs = 0;
	assert_int_equal(run(&workload_pair, RIG_LIST), BLOCK_NOISY);
}

/* Last but for what hangs: a block's status is the workload's. */
static void a_block_that_fails_or_hangs(void **state)
{
	const struct workload *all[] = {&workload_pair, &workload_latency, &workload_storm, &workload_churn};
	(void)state;
	for (int i = 0; i < 4; i++) {
		made_up_status = BLOCK_FAILED;
		assert_int_equal(run(all[i], RIG_CALLBACK), BLOCK_FAILED);
		made_up_status = BLOCK_HUNG;
		assert_int_equal(run(all[i], RIG_CALLBACK), BLOCK_HUNG);
	}
}

/* A real runtime's own threads may leave no clean window. Its CPU time still counts. */
static void a_real_runtime_needs_no_clean_window(void **state)
{
	static const struct extram_strategy strategy = {.name = "made up", .waiting = "poll"};
	const struct real real = {.loops = {.strategy = &strategy}, .version = "version 1"};
	struct cell cell = made_up_cell(&workload_pair, RIG_CALLBACK);
	uint32_t length = 5;
	cell.loops = &real.loops;
	cell.real = &real;
	cell.prefill = 1;
	real_library.facts.length = &length;
	made_up_block.windows_clean = 0;
	made_up_block.pairs_per_s = made_up_block.ns_per_pair = NAN;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	assert_int_equal(row.windows_clean, 0);
	assert_true(isnan(row.ns_per_pair));
	made_up_near(row.cpu_ns_per_pair, 12.5);
	assert_int_equal(row.ms_created, 5);
	assert_int_equal(row.ms_retained, 5);
	assert_string_equal(row.variant, "version 1");
	made_up_block.total.pairs = 0;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_NOISY);
	made_up_block_reset(state);
	length = 0; /* its m is gone */
	assert_int_equal(made_up_run(&cell, &row), BLOCK_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_block_of_pairs, made_up_block_reset),
	    cmocka_unit_test_setup(the_list_of_a_block, made_up_block_reset),
	    cmocka_unit_test_setup(a_timed_block, made_up_block_reset),
	    cmocka_unit_test_setup(few_samples_have_no_percentile, made_up_block_reset),
	    cmocka_unit_test_setup(the_plan_is_the_cells, made_up_block_reset),
	    cmocka_unit_test_setup(ms_that_go_round, made_up_block_reset),
	    cmocka_unit_test_setup(a_layout_is_the_cells, made_up_block_reset),
	    cmocka_unit_test_setup(a_limit_has_no_list, made_up_block_reset),
	    cmocka_unit_test_setup(a_limit_timed_in_batches, made_up_block_reset),
	    cmocka_unit_test_setup(a_block_that_shows_nothing_is_noisy, made_up_block_reset),
	    cmocka_unit_test_setup(a_real_runtime_needs_no_clean_window, made_up_block_reset),
	    cmocka_unit_test_setup(a_block_that_fails_or_hangs, made_up_block_reset),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return made_up_begin() ? cmocka_run_group_tests_name("rows of blocks", tests, NULL, NULL) : 1;
}
