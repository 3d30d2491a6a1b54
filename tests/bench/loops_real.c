/* SPDX-License-Identifier: BSD-3-Clause */
/* The loops for a real runtime, with made-up callbacks, clock, hold and think. A sample covers the
 * callback without its hold. The source is included, for the loops in it are its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "spin.h"

#define ENTER 30 /* ticks from the call until the callback runs */
#define LEAVE 70 /* from its end until the call returns */
#define HOLD 10000
#define THINK 1000000
#define LONG_RUN 10000

static uint64_t now, holds, thinks;

static uint64_t look(void)
{
	return now;
}

static void spin_for_mean(uint64_t *random, uint32_t mean)
{
	(void)random;
	now += mean;
	holds += mean == HOLD;
	thinks += mean == THINK;
}

/* In place of the real ones, for the source below. */
#define clock_begin() look()
#define clock_end() look()
#define spin_random spin_for_mean
#include "../../bench/work/real_loops.c"

static uint64_t empty_callbacks, full_callbacks;

static void callback(void)
{
	empty_callbacks++;
	now += ENTER + LEAVE;
}

static void call(extram_go_inside *what, void *arg)
{
	full_callbacks++;
	now += ENTER;
	what(arg);
	now += LEAVE;
}

static struct histogram histogram;

static void run_pairs(loops_run *run_them, uint64_t pairs)
{
	struct loops_thread t = {.histogram = &histogram, .random = 12345, .hold = HOLD, .think = THINK, .countdown = 1};
	histogram = (struct histogram){.total = 0};
	empty_callbacks = full_callbacks = holds = thinks = 0;
	real_library.callback = callback;
	real_library.call = call;
	run_them(&t, pairs);
}

static void an_empty_callback(void **state)
{
	(void)state;
	run_pairs(real_plain, 100);
	assert_int_equal(empty_callbacks, 100);
	assert_int_equal(full_callbacks + holds + thinks, 0);
	assert_int_equal(histogram.total, 0);
}

/* The hold is inside of the callback, the think is not. */
static void a_callback_that_holds(void **state)
{
	(void)state;
	run_pairs(real_spin, 100);
	assert_int_equal(full_callbacks, 100);
	assert_int_equal(holds, 100);
	assert_int_equal(thinks, 100);
	assert_int_equal(empty_callbacks, 0);
}

static void a_sample_has_no_hold_and_no_think(void **state)
{
	loops_run *const timed[] = {real_timed, real_spin_timed};
	(void)state;
	for (int i = 0; i < 2; i++) {
		run_pairs(timed[i], LONG_RUN);
		assert_in_range(histogram.total, LONG_RUN / LOOPS_TIMED_ONE_IN * 9 / 10, LONG_RUN / LOOPS_TIMED_ONE_IN * 11 / 10);
		assert_int_equal(histogram.count[ENTER + LEAVE], histogram.total);
		assert_int_equal(empty_callbacks + full_callbacks, LONG_RUN);
		assert_int_equal(holds, i * LONG_RUN);
		assert_int_equal(thinks, i * LONG_RUN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_callback),
	    cmocka_unit_test(a_callback_that_holds),
	    cmocka_unit_test(a_sample_has_no_hold_and_no_think),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("loops of a real runtime", tests, NULL, NULL);
}
