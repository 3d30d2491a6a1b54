/* SPDX-License-Identifier: BSD-3-Clause */
/* The row of a storm. Signals and the clock are made up: the test calls the handler itself. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "made_up_block.h"
#include "needm.h"

#define LATER UINT64_C(1000000000000000000) /* ns; no timer of a test fires by itself */
#define PERIOD 1000000                      /* ns, of 1000 signals a second */

static struct csv_row row;
static struct loops_thread thread;

/* The real-time signal that has a handler: the storm's. */
static int handled(struct sigaction *action)
{
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		if (sigaction(sig, NULL, action) == 0 && (action->sa_flags & SA_SIGINFO) != 0)
			return sig;
	fail_msg("no handler");
	return 0;
}

/* A signal that came late by that much, and as many more while it was pending. */
static void signal_after(uint64_t *due_ns, uint64_t late_ns, int overrun)
{
	struct sigaction action;
	siginfo_t info = {.si_signo = handled(&action)};
	info.si_overrun = overrun;
	made_up_ns = *due_ns + late_ns;
	action.sa_sigaction(info.si_signo, &info, NULL);
	*due_ns += (1 + (uint64_t)overrun) * PERIOD;
}

/* In a callback, so that the handler borrows no m. */
static void signals_of_each_value(void)
{
	uint64_t due_ns = LATER + PERIOD;
	thread.rt = made_up_plan.rt;
	thread.context = made_up_plan.context;
	assert_true(made_up_plan.enter(&thread));
	needm_enter(made_up_plan.rt, made_up_plan.rt->strategy);
	for (int i = 0; i < MADE_UP_VALUES; i++)
		for (uint32_t n = 0; n < made_up_times[i]; n++)
			signal_after(&due_ns, made_up_value(100, i) / 2, n % 3 == 0 ? 2 : 0);
	needm_leave(made_up_plan.rt, made_up_plan.rt->strategy);
	made_up_plan.leave(&thread);
}

static void signals_that_were_merged(void)
{
	uint64_t due_ns = LATER + PERIOD;
	thread.rt = made_up_plan.rt;
	thread.context = made_up_plan.context;
	assert_true(made_up_plan.enter(&thread));
	signal_after(&due_ns, 10, 3); /* and three more */
	signal_after(&due_ns, 30, 0);
	made_up_ns = due_ns - 5; /* by two clocks that differ: not before it was due */
	signal_after(&due_ns, 0, 0);
	made_up_plan.leave(&thread);
}

static enum block_status run_storm(void (*what)(void))
{
	struct cell cell = made_up_cell(&workload_storm, RIG_CALLBACK);
	cell.signal_hz = 1000;
	made_up_ns = LATER;
	made_up_during = what;
	return made_up_run(&cell, &row);
}

static void signals_and_their_responses(void **state)
{
	(void)state;
	assert_int_equal(run_storm(signals_of_each_value), BLOCK_DONE);
	made_up_expect_counts(&row);
	assert_true(isnan(row.ns_per_pair));
	made_up_expect_times(&row, MADE_UP_BLOCK_FIRST);
	made_up_expect_responses(&row, 100);
	assert_int_equal(row.signals, 2000000);
}

static void merged_signals_move_the_next_due_time(void **state)
{
	(void)state;
	assert_int_equal(run_storm(signals_that_were_merged), BLOCK_DONE);
	assert_int_equal(row.signals, 3);
	made_up_near(row.resp_max_ns, 30);
}

static void a_storm_begins_anew(void **state)
{
	(void)state;
	run_storm(signals_that_were_merged);
	assert_int_equal(run_storm(NULL), BLOCK_DONE);
	assert_int_equal(row.signals, 0);
	assert_true(isnan(row.resp_max_ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(signals_and_their_responses, made_up_block_reset),
	    cmocka_unit_test_setup(merged_signals_move_the_next_due_time, made_up_block_reset),
	    cmocka_unit_test_setup(a_storm_begins_anew, made_up_block_reset),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return made_up_begin() ? cmocka_run_group_tests_name("row of a storm", tests, NULL, NULL) : 1;
}
