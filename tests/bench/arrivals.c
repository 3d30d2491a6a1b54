/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Planned arrivals: when they are due, and what a stall of 1 ms does to response time, service time
 * and a closed loop. The test's own clock advances only by what each callback takes, so every
 * figure is exact.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arrivals.h"

#define GAP 2000      /* ticks, of 1 ns here */
#define SERVICE 500   /* how long a callback takes */
#define STALL 1000000 /* how much longer one of them takes */
#define CALLBACKS 100000
#define STALLED 50000 /* which callback takes longer */

static struct histogram histograms[2];
static const struct arrivals_score score = {&histograms[0], &histograms[1]};

struct simulation {
	uint64_t now, callbacks;
	uint64_t stall;
	uint64_t stop_at;
};

static void wait_until(void *thread, uint64_t until)
{
	struct simulation *s = thread;
	if (s->now < until)
		s->now = until;
}

static uint64_t now(void *thread)
{
	return ((struct simulation *)thread)->now;
}

static void callback(void *thread)
{
	struct simulation *s = thread;
	s->now += SERVICE + (++s->callbacks == STALLED ? s->stall : 0);
}

static bool stopped(void *thread)
{
	const struct simulation *s = thread;
	return s->stop_at > 0 && s->callbacks >= s->stop_at;
}

static const struct arrivals_io io = {wait_until, now, now, callback, stopped};

static int forget(void **state)
{
	(void)state;
	memset(histograms, 0, sizeof(histograms));
	return 0;
}

static struct simulation play_open(uint64_t stall)
{
	struct simulation s = {.stall = stall};
	struct arrivals a;
	arrivals_init(&a, GAP, false, 1);
	a.span.end = (uint64_t)GAP * CALLBACKS;
	arrivals_open(&io, &s, &a, &score);
	return s;
}

static struct simulation play_closed(uint64_t stall)
{
	struct simulation s = {.stall = stall};
	struct arrivals a;
	arrivals_init(&a, 1, false, 1);
	a.span.end = (uint64_t)SERVICE * CALLBACKS + stall;
	arrivals_closed(&io, &s, &a, &score);
	return s;
}

/* To the histogram's resolution, upward. */
static void assert_near(uint64_t value, double expected)
{
	double slack = expected / (1 << HISTOGRAM_BITS) + 1;
	if (fabs((double)value - expected) > slack)
		print_error("%llu, not %.0f\n", (unsigned long long)value, expected);
	assert_true(fabs((double)value - expected) <= slack);
}

static void tell(const char *what, const struct histogram *h)
{
	print_message("# %-24s p50 %6.1f us  p99 %6.1f us  p99.9 %6.1f us  max %6.1f us\n", what, (double)histogram_quantile(h, 0.5) / 1000,
		      (double)histogram_quantile(h, 0.99) / 1000, (double)histogram_quantile(h, 0.999) / 1000, (double)h->max / 1000);
}

static void without_a_stall_response_is_service(void **state)
{
	(void)state;
	struct simulation s = play_open(0);
	assert_int_equal(s.callbacks, CALLBACKS);
	assert_int_equal(score.response->max, SERVICE);
	assert_int_equal(score.service->max, SERVICE);
	assert_near(histogram_quantile(score.response, 0.5), SERVICE);
}

/*
 * While one callback takes 1 ms more, 500 others fall due. Each gap then makes up for GAP -
 * SERVICE, so 666 come late, the k-th of them by what is left of the stall: STALL - k * (GAP -
 * SERVICE). That is 0.67 % of all: p99 sees nothing, p99.9 the one of rank 100.
 */
static void a_stall_shows_at_its_quantile_of_the_response(void **state)
{
	(void)state;
	play_open(STALL);
	tell("open loop, response", score.response);
	tell("open loop, service", score.service);
	assert_int_equal(score.response->total, CALLBACKS);
	assert_int_equal(score.response->max, SERVICE + STALL);
	assert_near(histogram_quantile(score.response, 0.99), SERVICE);
	assert_near(histogram_quantile(score.response, 0.999), SERVICE + STALL - 100.0 * (GAP - SERVICE));
}

static void service_time_hides_it(void **state)
{
	(void)state;
	play_open(STALL);
	assert_int_equal(score.service->max, SERVICE + STALL);
	assert_near(histogram_quantile(score.service, 0.9999), SERVICE);
}

static void a_closed_loop_hides_it(void **state)
{
	(void)state;
	struct simulation s = play_closed(STALL);
	tell("closed loop", score.response);
	assert_int_equal(s.callbacks, CALLBACKS);
	assert_int_equal(score.response->max, SERVICE + STALL);
	assert_near(histogram_quantile(score.response, 0.9999), SERVICE);
}

static void arrivals_that_are_late_are_made_all_the_same(void **state)
{
	(void)state;
	struct simulation s = {.now = (uint64_t)GAP * CALLBACKS}; /* it begins when it should have ended */
	struct arrivals a;
	arrivals_init(&a, GAP, false, 1);
	a.span.end = (uint64_t)GAP * CALLBACKS;
	arrivals_open(&io, &s, &a, &score);
	assert_int_equal(s.callbacks, CALLBACKS);
	assert_true(score.response->max > (uint64_t)GAP * (CALLBACKS - 1));
}

static void a_stop_ends_it(void **state)
{
	(void)state;
	struct simulation s = {.stop_at = 10};
	struct arrivals a;
	arrivals_init(&a, GAP, true, 1);
	a.span.end = UINT64_MAX;
	arrivals_open(&io, &s, &a, &score);
	assert_int_equal(s.callbacks, 10);
}

static void fixed_arrivals_keep_their_gap(void **state)
{
	struct arrivals a;
	(void)state;
	arrivals_init(&a, GAP, false, 7);
	double last = arrivals_next(&a);
	assert_true(last > 0 && last <= GAP);
	for (int i = 0; i < 1000; i++) {
		double next = arrivals_next(&a);
		assert_true(fabs(next - last - GAP) < 1e-6); /* sums of doubles */
		last = next;
	}
}

/* An exponential law: its mean, its spread, and that one gap in e exceeds the mean. The seed is
 * fixed, so this does not vary. */
static void poisson_gaps_are_exponential(void **state)
{
	struct arrivals a;
	double sum = 0, squares = 0, last = 0;
	uint32_t above = 0;
	const uint32_t n = 1000000;
	(void)state;
	arrivals_init(&a, GAP, true, 7);
	for (uint32_t i = 0; i < n; i++) {
		double next = arrivals_next(&a);
		assert_true(next >= last);
		double gap = next - last;
		sum += gap;
		squares += gap * gap;
		above += gap > GAP;
		last = next;
	}
	assert_true(fabs(sum / n / GAP - 1) < 0.005);
	assert_true(fabs(squares / n / GAP / GAP - 2) < 0.02);
	assert_true(fabs((double)above / n - exp(-1)) < 0.002);
}

static void seeds_give_plans_of_their_own(void **state)
{
	struct arrivals a, b;
	(void)state;
	arrivals_init(&a, GAP, true, 1);
	arrivals_init(&b, GAP, true, 2);
	assert_true(arrivals_next(&a) != arrivals_next(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(without_a_stall_response_is_service, forget),
	    cmocka_unit_test_setup(a_stall_shows_at_its_quantile_of_the_response, forget),
	    cmocka_unit_test_setup(service_time_hides_it, forget),
	    cmocka_unit_test_setup(a_closed_loop_hides_it, forget),
	    cmocka_unit_test_setup(arrivals_that_are_late_are_made_all_the_same, forget),
	    cmocka_unit_test_setup(a_stop_ends_it, forget),
	    cmocka_unit_test(fixed_arrivals_keep_their_gap),
	    cmocka_unit_test(poisson_gaps_are_exponential),
	    cmocka_unit_test(seeds_give_plans_of_their_own),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
