/* SPDX-License-Identifier: BSD-3-Clause */
/* How blocks are run, with a made-up workload: in which order, how often a disturbed one is rerun,
 * and what is said of one that hangs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "made_up_run.h"

static enum block_status noisy(const struct workload_run *run)
{
	(void)run;
	return BLOCK_NOISY;
}

static enum block_status noisy_once(const struct workload_run *run)
{
	return made_up_report->runs_of[run->cell->done] == 1 ? BLOCK_NOISY : BLOCK_DONE;
}

static enum block_status fails_at_first(const struct workload_run *run)
{
	(void)run;
	return made_up_report->runs == 1 ? BLOCK_FAILED : BLOCK_DONE;
}

static enum block_status hangs(const struct workload_run *run)
{
	(void)run;
	return made_up_report->runs == 3 ? BLOCK_HUNG : BLOCK_DONE;
}

static void each_cell_once(const uint32_t *order, uint32_t count)
{
	uint32_t times[MADE_UP_CELLS] = {0};
	for (uint32_t i = 0; i < count; i++)
		times[order[i]]++;
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(times[i], 1);
}

/* 40 cells come in order, or twice in the same one, by chance in no life of a machine. */
static void the_order_is_random_in_each_round(void **state)
{
	bool sorted = true;
	(void)state;
	made_up_run_cells(MADE_UP_CELLS, 2);
	assert_int_equal(made_up_report->runs, 2 * MADE_UP_CELLS);
	each_cell_once(made_up_report->order, MADE_UP_CELLS);
	each_cell_once(made_up_report->order + MADE_UP_CELLS, MADE_UP_CELLS);
	for (uint32_t i = 0; i < MADE_UP_CELLS; i++)
		sorted = sorted && made_up_report->order[i] == i;
	assert_false(sorted);
	assert_memory_not_equal(made_up_report->order, made_up_report->order + MADE_UP_CELLS,
				MADE_UP_CELLS * sizeof(made_up_report->order[0]));
}

static void rows_are_those_of_their_cells(void **state)
{
	(void)state;
	made_up_run_cells(MADE_UP_CELLS, 2);
	assert_int_equal(made_up_report->rows, 2 * MADE_UP_CELLS);
	for (uint32_t i = 0; i < made_up_report->rows; i++) {
		const struct csv_row *row = &made_up_report->row[i];
		assert_int_equal(row->slot, i);
		assert_int_equal(row->rep, i / MADE_UP_CELLS);
		assert_int_equal(row->threads, 5 + made_up_report->order[i]);
		assert_int_equal(row->cpus, topology_cpus(made_up_topology));
		assert_int_equal(row->hold_ns, 300);
		assert_int_equal(row->think_ns, 400);
		assert_int_equal(row->prefill, 7);
		assert_int_equal(row->load, 60);
		assert_int_equal(row->tokens, 3);
		assert_int_equal(row->signal_hz, 9); /* an axis of some workloads */
		assert_int_equal(row->fallback, 1);
		assert_int_equal(row->floor, 0);
		assert_int_equal(row->disturbed, 0);
		assert_true(row->foreign_share == 0.25);
		/* As the file says it, to six digits. */
		assert_true(fabs(row->timer_step_ns - clock_facts.step_ns) <= 1e-5 * clock_facts.step_ns);
		assert_true(fabs(row->timer_floor_ns - clock_facts.floor_ns) <= 1e-5 * clock_facts.floor_ns);
	}
}

/* One block in four may be rerun, and none takes more than two reruns. */
static void a_disturbed_block_is_rerun_twice(void **state)
{
	(void)state;
	made_up_script = noisy;
	made_up_run_cells(1, 50);
	for (int i = 0; i < 6; i++) /* twelve reruns */
		assert_int_equal(made_up_report->runs_of[i], 3);
	for (int i = 6; i < 50; i++)
		assert_int_equal(made_up_report->runs_of[i], 1);
	assert_int_equal(made_up_report->retries, 0);
	assert_int_equal(made_up_report->rows, 50);
	assert_int_equal(made_up_report->disturbed, 50);
	assert_int_equal(made_up_report->row[0].disturbed, 1);
}

static void a_rerun_counts_if_it_is_quiet(void **state)
{
	(void)state;
	made_up_script = noisy_once;
	made_up_run_cells(1, 20);
	for (int i = 0; i < 5; i++)
		assert_int_equal(made_up_report->runs_of[i], 2);
	assert_int_equal(made_up_report->runs_of[5], 1); /* no rerun is left */
	assert_int_equal(made_up_report->rows, 20);
	assert_int_equal(made_up_report->row[0].disturbed, 0);
	assert_int_equal(made_up_report->row[5].disturbed, 1);
	assert_int_equal(made_up_report->disturbed, 15);
}

static void the_environment_makes_reruns_too(void **state)
{
	made_up_verdict = ENVIRONMENT_DISTURBED;
	made_up_run_cells(1, 10);
	assert_int_equal(made_up_report->runs, 12);
	made_up_run_reset(state);
	made_up_verdict = ENVIRONMENT_UNKNOWN;
	made_up_run_cells(1, 10);
	assert_int_equal(made_up_report->runs, 10);
	assert_true(made_up_report->row[0].disturbed == CSV_EMPTY);
}

/* Clean windows decide only where they alone count. */
static void what_the_environment_is_asked(void **state)
{
	made_up_run_cells(1, 1);
	assert_int_equal(made_up_report->judged.threads, 5);
	assert_int_equal(made_up_report->judged.cpus, topology_cpus(made_up_topology));
	assert_int_equal(made_up_report->judged.wall_ns, 1000);
	assert_int_equal(made_up_report->judged.run_wait_ns, 30);
	assert_int_equal(made_up_report->judged.windows, 20);
	assert_int_equal(made_up_report->judged.windows_clean, 10);
	assert_true(made_up_report->judged.shared);
	assert_true(made_up_report->judged.foreign_share == 0.25 && made_up_report->judged.foreign_much == 0.5);
	made_up_run_reset(state);
	made_up_workload.clean_windows = false;
	made_up_run_cells(1, 1);
	assert_true(made_up_report->judged.windows_clean == UINT64_MAX);
}

static void a_block_that_fails_has_no_row(void **state)
{
	(void)state;
	made_up_script = fails_at_first;
	made_up_run_cells(1, 20);
	assert_int_equal(made_up_report->runs, 20); /* and is not rerun */
	assert_int_equal(made_up_report->failed, 1);
	assert_int_equal(made_up_report->rows, 19);
	assert_int_equal(made_up_report->row[0].rep, 0);
}

static void a_block_that_hangs_is_named_and_the_last(void **state)
{
	char message[64];
	(void)state;
	made_up_script = hangs;
	made_up_run_cells(MADE_UP_CELLS, 2);
	assert_true(made_up_report->hung);
	assert_int_equal(made_up_report->runs, 3);
	assert_int_equal(made_up_report->rows, 2);
	snprintf(message, sizeof(message), "it hangs in %s\n", made_up_cells[made_up_report->order[2]].name);
	assert_non_null(strstr(made_up_report->said, message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_order_is_random_in_each_round, made_up_run_reset),
	    cmocka_unit_test_setup(rows_are_those_of_their_cells, made_up_run_reset),
	    cmocka_unit_test_setup(a_disturbed_block_is_rerun_twice, made_up_run_reset),
	    cmocka_unit_test_setup(a_rerun_counts_if_it_is_quiet, made_up_run_reset),
	    cmocka_unit_test_setup(the_environment_makes_reruns_too, made_up_run_reset),
	    cmocka_unit_test_setup(what_the_environment_is_asked, made_up_run_reset),
	    cmocka_unit_test_setup(a_block_that_fails_has_no_row, made_up_run_reset),
	    cmocka_unit_test_setup(a_block_that_hangs_is_named_and_the_last, made_up_run_reset),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (!made_up_run_begin())
		return 1;
	return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
