/* SPDX-License-Identifier: BSD-3-Clause */
/* The histogram against sorted arrays, and the arithmetic beside it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "histogram.h"
#include "spin.h"

#define SAMPLES 200000

static struct histogram histogram;
static uint64_t sorted[SAMPLES];

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Values over the whole range: a random number of bits, so that every bucket width is met. */
static uint64_t any_value(uint64_t *state)
{
	uint32_t bits = (uint32_t)spin_below(state, HISTOGRAM_TOP_BITS + 1);
	return spin_next(state) & ((UINT64_C(1) << bits) - 1);
}

static void fill(uint64_t seed)
{
	memset(&histogram, 0, sizeof(histogram));
	for (size_t i = 0; i < SAMPLES; i++) {
		sorted[i] = any_value(&seed);
		histogram_record(&histogram, sorted[i]);
	}
	qsort(sorted, SAMPLES, sizeof(sorted[0]), compare);
}

static void quantiles_agree_with_a_sorted_array(void **state)
{
	static const double qs[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		fill(seed);
		for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
			uint64_t exact = sorted[(size_t)ceil(qs[i] * SAMPLES) - 1];
			uint64_t shown = histogram_quantile(&histogram, qs[i]);
			assert_true(shown >= exact);
			assert_true(shown - exact <= exact / (1U << HISTOGRAM_BITS));
		}
	}
}

static void small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 256; value++) {
		memset(&histogram, 0, sizeof(histogram));
		histogram_record(&histogram, value);
		histogram_record(&histogram, 1000000);
		assert_int_equal(histogram_quantile(&histogram, 0.5), value);
	}
}

static void buckets_ascend_without_gap(void **state)
{
	uint32_t last = 0;
	(void)state;
	for (uint64_t value = 0; value < 1000000; value++) {
		uint32_t bucket = histogram_bucket(value);
		assert_true(bucket == last || bucket == last + 1);
		last = bucket;
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void sums_and_extremes(void **state)
{
	static struct histogram other;
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	memset(&other, 0, sizeof(other));
	assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
	histogram_record(&histogram, 5);
	histogram_record(&other, UINT64_MAX);
	histogram_add(&histogram, &other);
	assert_int_equal(histogram.total, 2);
	assert_int_equal(histogram_quantile(&histogram, 0.5), 5);
	assert_true(histogram_quantile(&histogram, 1) == UINT64_MAX);
}

static void too_few_samples_are_not_a_percentile(void **state)
{
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	histogram.total = 99999;
	assert_false(histogram_enough(&histogram, 0.999));
	histogram.total = 100001;
	assert_true(histogram_enough(&histogram, 0.999));
	assert_false(histogram_enough(&histogram, 0.9999));
}

static void holds_have_their_mean(void **state)
{
	uint64_t random = 1;
	uint64_t sum = 0;
	(void)state;
	for (int i = 0; i < 1000000; i++) {
		uint64_t x = spin_below(&random, 2000);
		assert_true(x < 2000);
		sum += x;
	}
	assert_true(sum / 1000000 >= 995 && sum / 1000000 <= 1005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_agree_with_a_sorted_array),  cmocka_unit_test(small_values_are_exact),
	    cmocka_unit_test(buckets_ascend_without_gap),           cmocka_unit_test(sums_and_extremes),
	    cmocka_unit_test(too_few_samples_are_not_a_percentile), cmocka_unit_test(holds_have_their_mean),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
