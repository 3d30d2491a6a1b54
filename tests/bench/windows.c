/* SPDX-License-Identifier: BSD-3-Clause */
/* Clean windows: which ones count, and what they show. The windows are made up, so that no timing
 * decides. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "windows.h"

#define COUNT 12 /* one is warm-up */
#define THREADS 2
#define LENGTH 1000000 /* ticks, of 1 ns here */

static struct windows_one ones[THREADS][COUNT];
static struct windows windows[THREADS];
static struct windows *all[THREADS] = {&windows[0], &windows[1]};

/* Every thread does 1000 pairs in each window. */
static int make(void **state)
{
	(void)state;
	clock_facts.ns_per_tick = 1;
	for (int t = 0; t < THREADS; t++) {
		windows[t] = (struct windows){.one = ones[t], .count = COUNT, .length = LENGTH, .wait_known = true};
		for (int i = 0; i < COUNT; i++)
			ones[t][i] = (struct windows_one){.pairs = 1000, .ticks = LENGTH};
	}
	return 0;
}

static struct windows_summary summarise_first(uint32_t threads)
{
	struct windows_summary summary;
	assert_true(windows_summarise(all, threads, &summary));
	return summary;
}

static struct windows_summary summarise(void)
{
	return summarise_first(THREADS);
}

static void all_clean(void **state)
{
	(void)state;
	ones[0][0].pairs = 1000000; /* warm-up does not count */
	struct windows_summary s = summarise();
	assert_int_equal(s.windows, COUNT - 1);
	assert_int_equal(s.clean, COUNT - 1);
	assert_true(fabs(s.pairs_per_s - 2e6) < 1);
}

static void a_wait_in_one_thread_spoils_the_window(void **state)
{
	(void)state;
	for (int i = 1; i <= 4; i++) {
		ones[1][i].wait_ns = LENGTH / 100 + 1;
		ones[1][i].pairs = 1;
	}
	ones[0][5].wait_ns = LENGTH / 100; /* one in a hundred is allowed */
	struct windows_summary s = summarise();
	assert_int_equal(s.clean, COUNT - 1 - 4);
	assert_true(fabs(s.pairs_per_s - 2e6) < 1);
}

static void a_single_thread_waits_too(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		ones[0][i].wait_ns = LENGTH / 100 + 1;
		ones[0][i].pairs = 1;
	}
	struct windows_summary s = summarise_first(1);
	assert_int_equal(s.windows, COUNT - 1);
	assert_int_equal(s.clean, COUNT - 1 - 3);
	assert_true(fabs(s.pairs_per_s - 1e6) < 1);
}

/* Ticks of half a nanosecond: the allowed wait is a share of the time, not of the ticks. */
static void ticks_are_no_nanoseconds(void **state)
{
	(void)state;
	clock_facts.ns_per_tick = 0.5;
	ones[0][4].wait_ns = LENGTH / 2 / 100 + 1;
	ones[0][5].wait_ns = LENGTH / 2 / 100;
	struct windows_summary s = summarise();
	assert_int_equal(s.clean, COUNT - 1 - 1);
	assert_true(fabs(s.pairs_per_s - 4e6) < 1);
}

/* The rates of the windows are 1 to 11 million pairs a second, in an order of its own. */
static void the_rate_is_the_median(void **state)
{
	(void)state;
	for (int i = 1; i < COUNT; i++)
		ones[0][i].pairs = 1000 * (uint64_t)((i * 7) % (COUNT - 1) + 1);
	assert_true(fabs(summarise_first(1).pairs_per_s - 6e6) < 1);
}

static void a_window_without_a_batch_is_not_clean(void **state)
{
	(void)state;
	ones[0][3].ticks = 0;
	assert_int_equal(summarise().clean, COUNT - 2);
}

static void too_few_clean_windows_say_nothing(void **state)
{
	(void)state;
	for (int i = WINDOWS_ENOUGH; i < COUNT; i++)
		ones[0][i].wait_ns = LENGTH;
	struct windows_summary s = summarise();
	assert_int_equal(s.clean, WINDOWS_ENOUGH - 1);
	assert_true(isnan(s.pairs_per_s));
}

/* The thread had its core alone in so many ticks of a window, with twice the pairs for each. */
static void alone(int thread, int window, uint64_t ticks)
{
	windows[thread].paced = true;
	ones[thread][window].alone_ticks = ticks;
	ones[thread][window].alone_pairs = 2 * ones[thread][window].pairs * ticks / LENGTH;
}

static void windows_with_a_core_alone_are_preferred(void **state)
{
	const uint64_t least = (uint64_t)(WINDOWS_ALONE_SHARE * LENGTH);
	(void)state;
	for (int i = 1; i <= WINDOWS_ENOUGH; i++) {
		alone(0, i, least);
		alone(1, i, LENGTH / 2);
	}
	alone(0, WINDOWS_ENOUGH + 1, LENGTH); /* only one of the threads */
	struct windows_summary s = summarise();
	assert_int_equal(s.clean, COUNT - 1);
	assert_int_equal(s.alone, WINDOWS_ENOUGH);
	assert_true(fabs(s.pairs_per_s - 4e6) < 1);
	alone(0, 1, least - 1000); /* for too short a time: then too few are left, and all count */
	s = summarise();
	assert_int_equal(s.alone, WINDOWS_ENOUGH - 1);
	assert_true(fabs(s.pairs_per_s - 2e6) < 1);
}

static void a_block_with_shared_cores(void **state)
{
	(void)state;
	assert_true(windows_shared(2 * WINDOWS_ENOUGH, WINDOWS_ENOUGH - 1));
	assert_false(windows_shared(2 * WINDOWS_ENOUGH, WINDOWS_ENOUGH));
	assert_false(windows_shared(2 * WINDOWS_ENOUGH - 1, 0)); /* too few to say so */
	assert_false(windows_shared(100, UINT64_MAX));           /* not known */
}

static void a_window_alone_must_be_clean_too(void **state)
{
	(void)state;
	for (int i = 1; i < COUNT; i++)
		alone(0, i, LENGTH);
	ones[0][2].wait_ns = LENGTH;
	struct windows_summary s = summarise_first(1);
	assert_int_equal(s.clean, COUNT - 2);
	assert_int_equal(s.alone, COUNT - 2);
	assert_true(fabs(s.pairs_per_s - 2e6) < 1);
}

static void without_probes_nothing_is_known_of_cores(void **state)
{
	(void)state;
	windows[0].paced = true;
	assert_true(summarise().alone == UINT64_MAX);
	assert_int_equal(summarise_first(1).alone, 0);
}

/* A batch counts if the probes before and after it agree. The time of a probe counts for none. */
static void batches_between_two_probes(void **state)
{
	struct windows w;
	const bool probes[] = {true, true, false, true, true};
	(void)state;
	assert_true(windows_init(&w, 3, 1000, 1000));
	for (uint64_t i = 0; i < 5; i++) {
		windows_batch(&w, 10 + i, 1100 + 110 * i);
		windows_pace(&w, probes[i], 1110 + 110 * i);
	}
	assert_int_equal(w.one[0].pairs, 60);
	assert_int_equal(w.one[0].ticks, 500);
	assert_int_equal(w.one[0].alone_pairs, 11 + 14);
	assert_int_equal(w.one[0].alone_ticks, 200);
	windows_batch(&w, 7, 2040);
	windows_pace(&w, true, 2050);
	assert_int_equal(w.one[1].alone_pairs, 7);
	assert_true(w.paced);
	windows_fini(&w);
}

static void unknown_waits_make_unknown_clean_windows(void **state)
{
	(void)state;
	windows[1].wait_known = false;
	struct windows_summary s = summarise();
	assert_true(s.clean == UINT64_MAX);
	assert_true(fabs(s.pairs_per_s - 2e6) < 1);
}

static void batches_go_to_the_window_in_which_they_end(void **state)
{
	struct windows w;
	(void)state;
	assert_true(windows_init(&w, 3, 1000, 100));
	windows_batch(&w, 5, 1050);
	windows_batch(&w, 7, 1120); /* began in the first */
	windows_batch(&w, 1, 2000); /* after the end: the last one's */
	assert_int_equal(w.one[0].pairs, 5);
	assert_int_equal(w.one[0].ticks, 50);
	assert_int_equal(w.one[1].pairs, 7);
	assert_int_equal(w.one[1].ticks, 70);
	assert_int_equal(w.one[2].pairs, 1);
	windows_fini(&w);
}

/* The kernel's file of a thread, made up. */
static void say(int file, const char *text)
{
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(pwrite(file, text, strlen(text), 0), (ssize_t)strlen(text));
}

/* A wait is charged to every window since the last batch, since it may have been in any. */
static void waits_go_to_all_windows_since(void **state)
{
	struct windows w;
	(void)state;
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_true(windows_init(&w, 6, 1000, 100));
	int opened = w.schedstat;
	w.schedstat = fileno(file);
	w.last_wait_ns = 7;
	say(w.schedstat, "5000 10 1\n");
	windows_batch(&w, 1, 1150); /* 3 ns, in window 0 or 1 */
	say(w.schedstat, "6000 50 2\n");
	windows_batch(&w, 1, 1160);
	windows_batch(&w, 1, 1320); /* 40 ns, in window 1, 2 or 3 */
	const uint64_t waits[] = {3, 43, 40, 40, 0, 0};
	for (int i = 0; i < 6; i++)
		assert_int_equal(w.one[i].wait_ns, waits[i]);
	assert_true(w.wait_known);
	w.schedstat = opened;
	windows_fini(&w);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(all_clean, make),
	    cmocka_unit_test_setup(a_wait_in_one_thread_spoils_the_window, make),
	    cmocka_unit_test_setup(a_single_thread_waits_too, make),
	    cmocka_unit_test_setup(ticks_are_no_nanoseconds, make),
	    cmocka_unit_test_setup(the_rate_is_the_median, make),
	    cmocka_unit_test_setup(a_window_without_a_batch_is_not_clean, make),
	    cmocka_unit_test_setup(too_few_clean_windows_say_nothing, make),
	    cmocka_unit_test_setup(windows_with_a_core_alone_are_preferred, make),
	    cmocka_unit_test_setup(a_block_with_shared_cores, make),
	    cmocka_unit_test_setup(a_window_alone_must_be_clean_too, make),
	    cmocka_unit_test_setup(without_probes_nothing_is_known_of_cores, make),
	    cmocka_unit_test_setup(batches_between_two_probes, make),
	    cmocka_unit_test_setup(unknown_waits_make_unknown_clean_windows, make),
	    cmocka_unit_test_setup(batches_go_to_the_window_in_which_they_end, make),
	    cmocka_unit_test_setup(waits_go_to_all_windows_since, make),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
