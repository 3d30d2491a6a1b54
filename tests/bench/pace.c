/* SPDX-License-Identifier: BSD-3-Clause */
/* Which probes tell of a shared core. Their lengths are made up, so that no timing decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "pace.h"

static void the_fastest_probe_is_the_measure(void **state)
{
	(void)state;
	clock_facts.ns_per_tick = 1;
	clock_facts.step_ns = 1;
	assert_true(pace_judge(3000)); /* the first: there is no faster one */
	assert_true(pace_judge(1000));
	assert_false(pace_judge(3000));
	assert_true(pace_judge(1401)); /* 1.4 times, and a step of the clock */
	assert_false(pace_judge(1402));
	assert_true(pace_judge(1000));
}

/* With ticks of 40 ns, a probe may be off by one. */
static void a_step_of_a_slow_clock_is_no_difference(void **state)
{
	(void)state;
	clock_facts.ns_per_tick = 40;
	clock_facts.step_ns = 40;
	assert_true(pace_judge(5));
	assert_true(pace_judge(8));
	assert_false(pace_judge(9));
}

static void a_probe_that_never_ends_is_shared(void **state)
{
	(void)state;
	clock_init();
	pace_alone();
	assert_false(pace_judge(UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fastest_probe_is_the_measure), /* in this order: each is faster than those before */
	    cmocka_unit_test(a_step_of_a_slow_clock_is_no_difference),
	    cmocka_unit_test(a_probe_that_never_ends_is_shared),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
