/* SPDX-License-Identifier: BSD-3-Clause */
/* The unit of hold and think: the middle of many calibrations, which follows the machine. Their
 * random lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t rounds_done;

/* The rounds have no other trace: each is one of these. */
#define __asm__                                                                                                                            \
	if (++rounds_done > 0)                                                                                                             \
	__asm__
#include "spin.h"
#undef __asm__

static void enter(uint32_t times, double rate)
{
	for (uint32_t i = 0; i < times; i++)
		spin_sample(rate);
}

static void first_samples(void **state)
{
	(void)state;
	enter(1, 3000);
	assert_float_equal(spin_rounds_per_us, 3000, 1e-9);
	enter(1, 5000);
	assert_float_equal(spin_rounds_per_us, 4000, 1e-9);
}

static void short_boosts_and_disturbances_do_not_count(void **state)
{
	(void)state;
	enter(SPIN_SAMPLES, 4000);
	enter(SPIN_SAMPLES / 4, 4400);
	enter(SPIN_SAMPLES / 4, 10);
	assert_float_equal(spin_rounds_per_us, 4000, 1e-9);
}

static void a_lasting_change_does(void **state)
{
	(void)state;
	enter(SPIN_SAMPLES, 4000);
	enter(SPIN_SAMPLES / 2, 3000);
	assert_float_equal(spin_rounds_per_us, 4000, 1e-9);
	enter(1, 3000);
	assert_float_equal(spin_rounds_per_us, 3000, 1e-9);
}

static void old_samples_are_forgotten(void **state)
{
	(void)state;
	enter(10 * SPIN_SAMPLES, 4000);
	enter(SPIN_SAMPLES, 2000);
	assert_float_equal(spin_rounds_per_us, 2000, 1e-9);
}

static void means(void **state)
{
	(void)state;
	enter(SPIN_SAMPLES, 4000);
	assert_int_equal(spin_mean(0), 0);
	assert_int_equal(spin_mean(300), 1200);
	assert_int_equal(spin_mean(UINT64_C(3600) * 1000000000), INT32_MAX);
}

static uint64_t rounds_of(uint64_t *random, uint32_t mean)
{
	rounds_done = 0;
	spin_random(random, mean);
	return rounds_done;
}

/* Uniform from zero to twice the mean. The random numbers are the same in each run. */
static void lengths(void **state)
{
	enum { MEAN = 100, SPINS = 100000 };
	uint32_t times[2 * MEAN] = {0};
	uint64_t random = 12345;
	uint64_t sum = 0;
	(void)state;
	for (int i = 0; i < SPINS; i++) {
		uint64_t rounds = rounds_of(&random, MEAN);
		assert_in_range(rounds, 0, 2 * MEAN - 1);
		times[rounds]++;
		sum += rounds;
	}
	assert_in_range(sum / SPINS, MEAN - 2, MEAN + 1);
	for (int i = 0; i < 2 * MEAN; i++)
		assert_in_range(times[i], SPINS / (2 * MEAN) * 3 / 4, SPINS / (2 * MEAN) * 5 / 4);
	assert_int_equal(rounds_of(&random, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_samples), /* the first: needs an empty ring */
	    cmocka_unit_test(short_boosts_and_disturbances_do_not_count),
	    cmocka_unit_test(a_lasting_change_does),
	    cmocka_unit_test(old_samples_are_forgotten),
	    cmocka_unit_test(means),
	    cmocka_unit_test(lengths),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
