/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of planned callbacks, from players whose results are made up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "made_up.h"
#include "players.h"
#include "trace.h"

static const struct crew_total usual = {.bound = 2,
					.pairs = 1000,
					.wall_ns = 5000000,
					.cpu_ns = 77,
					.nvcsw = 3,
					.nivcsw = 4,
					.run_wait_ns = 5,
					.steal_ns = 6,
					.most_wait_ns = 50000}; /* 1 % */

static struct crew_total result;
static enum block_status status;
static struct players_plan plans[2]; /* of the last runs */
static double gaps[2];               /* of openloop's plans */
static int runs;
static struct csv_row row;

/* In place of the real ones. */
enum block_status players_run(const struct players_plan *plan, struct crew_total *out, const struct arrivals_score *times)
{
	plans[runs % 2] = *plan;
	memcpy(&gaps[runs % 2], plan->data, sizeof(double));
	runs++;
	*out = result;
	made_up_tail(times->service, 20);
	made_up_tail(times->response, 100);
	return status;
}

void players_sleep(void *player, uint64_t until)
{
	(void)player, (void)until;
}

void players_spin(void *player, uint64_t until)
{
	(void)player, (void)until;
}

bool players_stopped(void *player)
{
	(void)player;
	return true;
}

static int make(void **state)
{
	(void)state;
	result = usual;
	status = BLOCK_DONE;
	runs = 0;
	return 0;
}

static const struct trace trace = {.name = "made up"};

static struct cell cell_of(const struct workload *workload, uint32_t threads)
{
	struct cell cell = made_up_cell(workload, RIG_LIST);
	cell.threads = threads;
	cell.think_ns = 1000;
	cell.load = 40;
	cell.trace = &trace;
	return cell;
}

static enum block_status run(const struct workload *workload, uint32_t threads)
{
	const struct cell cell = cell_of(workload, threads);
	return made_up_run(&cell, &row);
}

static const struct workload *const played[] = {&workload_openloop, &workload_mixed, &workload_replay};

static void a_block_of_planned_callbacks(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run(played[i], 1), BLOCK_DONE);
		assert_int_equal(row.bound, 2);
		assert_int_equal(row.pairs, 1000);
		assert_int_equal(row.wall_ns, 5000000);
		assert_int_equal(row.nvcsw, 3);
		assert_int_equal(row.nivcsw, 4);
		assert_int_equal(row.run_wait_ns, 5);
		assert_int_equal(row.steal_ns, 6);
		made_up_near(row.pairs_per_s, 200000);
		made_up_expect_times(&row, 20);
		made_up_expect_responses(&row, 100);
		assert_int_equal(row.ms_created, MADE_UP_MS);
	}
	assert_string_equal(row.trace, "made up");
}

/* All of a block is one window. */
static void a_thread_that_waits_makes_the_block_noisy(void **state)
{
	(void)state;
	assert_int_equal(run(&workload_mixed, 1), BLOCK_DONE);
	assert_int_equal(row.windows, 1);
	assert_int_equal(row.windows_clean, 1);
	result.most_wait_ns++;
	assert_int_equal(run(&workload_mixed, 1), BLOCK_NOISY);
	assert_int_equal(row.windows_clean, 0);
	assert_true(isnan(row.pairs_per_s));
	assert_int_equal(run(&workload_mixed, topology_cpus(made_up_topology) + 1), BLOCK_DONE);
	assert_true(row.windows_clean == CSV_EMPTY);
	made_up_near(row.pairs_per_s, 200000);
	result.most_wait_ns = UINT64_MAX;
	assert_int_equal(run(&workload_mixed, 1), BLOCK_DONE);
	assert_true(row.windows_clean == CSV_EMPTY);
}

/* 2 threads, 1000 pairs in 5 ms: one of a thread in 10 us. At 40 % of that, one in 25 us. */
static void the_load_is_a_share_of_the_peak(void **state)
{
	struct cell cell = cell_of(&workload_openloop, 2);
	(void)state;
	cell.hold_ns = 300;
	assert_int_equal(made_up_run(&cell, &row), BLOCK_DONE);
	assert_int_equal(runs, 2);
	made_up_near(gaps[0], 0);     /* the peak, in a closed loop */
	made_up_near(gaps[1], 50000); /* ticks */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(plans[i].threads, 2);
		assert_int_equal(plans[i].hold_ns, 300);
		assert_ptr_equal(plans[i].play, plans[0].play);
	}
	assert_int_equal(plans[1].block_ms, 7);
	assert_int_equal(row.samples, 2000000); /* the peak's do not count */
}

static void players_that_fail_or_hang(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		status = BLOCK_FAILED;
		assert_int_equal(run(played[i], 1), BLOCK_FAILED);
		status = BLOCK_HUNG;
		assert_int_equal(run(played[i], 1), BLOCK_HUNG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_block_of_planned_callbacks, make),
	    cmocka_unit_test_setup(a_thread_that_waits_makes_the_block_noisy, make),
	    cmocka_unit_test_setup(the_load_is_a_share_of_the_peak, make),
	    cmocka_unit_test_setup(players_that_fail_or_hang, make),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return made_up_begin() ? cmocka_run_group_tests_name("rows of players", tests, NULL, NULL) : 1;
}
