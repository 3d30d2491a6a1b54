/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The figures of a block and of a burst, from what its threads counted. All counts are made up, the
 * clock too, so no time decides. The sources are included, since these functions are theirs alone.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "topology.h"

static uint32_t cpus;
static uint64_t ticks;

/* In place of the real ones, for the sources below. */
#define topology_cpus(topology) ((void)(topology), cpus)
#define clock_now() ticks
#include "../../bench/core/block.c"
#include "../../bench/core/burst.c"
#include "../../bench/core/crew.c"

/* Last: it takes the name fail, which the sources have too. */
#include <cmocka.h>

#define THREADS 3
#define WINDOWS 12  /* one is warm-up */
#define LENGTH 2000 /* ticks of half a nanosecond: a window has 1 us */
#define BEGIN 1000000

static struct worker worker[THREADS];
static struct windows_one one[THREADS][WINDOWS];
static struct histogram histogram[THREADS], sum;
static struct block_plan plan;
static struct crew crew;
static struct block_result r;

static void set_pairs(int thread, uint64_t pairs)
{
	/* relaxed: one thread alone. */
	atomic_store_explicit(&worker[thread].self.pairs, pairs, memory_order_relaxed);
}

/* Each thread has counts of its own, so a sum shows who is missing. 10 pairs in a window. */
static int make(void **state)
{
	static const uint64_t pairs[] = {100, 200, 600}, ends[] = {2000, 6000, 4000}, waits[] = {7, 13, 11}, cpu[] = {1000, 2000, 4000};
	(void)state;
	clock_facts.ns_per_tick = 0.5;
	cpus = THREADS;
	plan = (struct block_plan){.threads = THREADS, .timed = true};
	crew = (struct crew){.plan = {.threads = THREADS, .bytes = sizeof(struct worker)}, .thread = (char *)worker, .begin = BEGIN};
	for (int i = 0; i < THREADS; i++) {
		memset(&worker[i], 0, sizeof(worker[i]));
		histogram[i] = (struct histogram){.total = 0};
		histogram_record(&histogram[i], 50 + (uint64_t)i);
		worker[i].loop.histogram = &histogram[i];
		worker[i].self.bound = i != 1;
		worker[i].self.end = BEGIN + ends[i];
		worker[i].self.run_wait_ns = waits[i];
		worker[i].self.used = (struct usage){.cpu_ns = cpu[i], .nvcsw = 1U << i, .nivcsw = 8U << i};
		worker[i].windows = (struct windows){.one = one[i], .count = WINDOWS, .length = LENGTH, .wait_known = true};
		set_pairs(i, pairs[i]);
		for (int n = 0; n < WINDOWS; n++)
			one[i][n] = (struct windows_one){.pairs = 10, .ticks = LENGTH};
	}
	memset(&sum, 0, sizeof(sum));
	return 0;
}

static void collect_threads(uint32_t threads)
{
	plan.threads = crew.plan.threads = threads;
	memset(&r, 0, sizeof(r));
	assert_int_equal(end(&crew, &r.total), BLOCK_DONE);
	assert_int_equal(collect(&crew, &plan, &r, &sum), BLOCK_DONE);
}

static void near(double value, double expected)
{
	assert_true(fabs(value - expected) <= fabs(expected) * 1e-9);
}

static void counts_are_summed_over_all_threads(void **state)
{
	(void)state;
	collect_threads(THREADS);
	assert_int_equal(r.total.bound, 2);
	assert_int_equal(r.total.pairs, 900);
	assert_int_equal(r.total.nvcsw, 1 + 2 + 4);
	assert_int_equal(r.total.nivcsw, 8 + 16 + 32);
	assert_int_equal(r.total.run_wait_ns, 7 + 13 + 11);
	assert_int_equal(r.total.most_wait_ns, 13);
	assert_int_equal(r.total.cpu_ns, 7000);
	near(r.cpu_ns_per_pair, 7000.0 / 900);
}

static void the_block_ends_with_its_last_thread(void **state)
{
	(void)state;
	collect_threads(THREADS);
	assert_int_equal(r.total.wall_ns, 3000); /* the second thread's 6000 ticks */
	assert_int_equal(r.total.thread_ns, 1000 - 7 + 3000 - 13 + 2000 - 11);
	worker[0].self.run_wait_ns = 5000; /* longer than it ran */
	collect_threads(THREADS);
	assert_int_equal(r.total.thread_ns, 3000 - 13 + 2000 - 11);
}

static void a_wait_unknown_in_one_thread_is_unknown(void **state)
{
	for (int i = 0; i < THREADS; i++) {
		make(state);
		worker[i].self.run_wait_ns = UINT64_MAX;
		collect_threads(THREADS);
		assert_true(r.total.run_wait_ns == UINT64_MAX);
		assert_true(r.total.most_wait_ns == UINT64_MAX);
	}
	assert_int_equal(r.total.thread_ns, 1000 - 7 + 3000 - 13 + 2000); /* nothing to take away from the last one's */
}

static void fairness_is_that_of_all_threads(void **state)
{
	(void)state;
	collect_threads(THREADS);
	near(r.total.jain, 900.0 * 900 / (3 * (100.0 * 100 + 200.0 * 200 + 600.0 * 600)));
	set_pairs(0, 300);
	set_pairs(1, 300);
	set_pairs(2, 300);
	collect_threads(THREADS);
	near(r.total.jain, 1);
	set_pairs(0, 0);
	set_pairs(1, 0);
	collect_threads(THREADS);
	near(r.total.jain, 1.0 / 3); /* the last one did them all */
	set_pairs(0, 5);
	collect_threads(1);
	near(r.total.jain, 1);
}

static void without_pairs_nothing_is_known_of_them(void **state)
{
	(void)state;
	for (int i = 0; i < THREADS; i++)
		set_pairs(i, 0);
	collect_threads(THREADS);
	assert_true(isnan(r.total.jain) && isnan(r.cpu_ns_per_pair));
}

static void samples_of_all_threads(void **state)
{
	(void)state;
	collect_threads(THREADS);
	assert_int_equal(sum.total, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(sum.count[50 + i], 1);
	plan.timed = false;
	collect_threads(THREADS);
	assert_int_equal(sum.total, THREADS);
}

/* 10 pairs of each thread in a microsecond: a thread has 100 ns for one. */
static void the_time_of_a_pair_is_that_of_its_thread(void **state)
{
	(void)state;
	for (uint32_t threads = 1; threads <= THREADS; threads++) {
		collect_threads(threads);
		near(r.pairs_per_s, 1e7 * threads);
		near(r.ns_per_pair, 100);
		assert_int_equal(r.windows, WINDOWS - 1);
		assert_int_equal(r.windows_clean, WINDOWS - 1);
	}
}

static void windows_with_a_wait_do_not_count(void **state)
{
	(void)state;
	for (uint32_t threads = 1; threads <= THREADS; threads++) {
		one[threads - 1][5] = (struct windows_one){.pairs = 1, .ticks = LENGTH, .wait_ns = 11};
		collect_threads(threads);
		assert_int_equal(r.windows_clean, WINDOWS - 2);
		near(r.ns_per_pair, 100);
		one[threads - 1][5] = one[0][1];
	}
}

static void windows_with_cores_alone_count(void **state)
{
	(void)state;
	for (uint32_t t = 0; t < THREADS; t++)
		for (int i = 1; i < WINDOWS; i++) {
			one[t][i].alone_pairs = 10;
			one[t][i].alone_ticks = LENGTH / 2;
		}
	collect_threads(THREADS);
	assert_true(r.windows_alone == UINT64_MAX); /* no probe was made */
	near(r.ns_per_pair, 100);
	for (uint32_t t = 0; t < THREADS; t++)
		worker[t].windows.paced = true;
	collect_threads(THREADS);
	assert_int_equal(r.windows_alone, WINDOWS - 1);
	near(r.ns_per_pair, 50);
}

static void probes_need_cores_of_their_own(void **state)
{
	static struct block b;
	(void)state;
	b = (struct block){.apart = true};
	worker[0].self.bound = true;
	assert_true(asks_for_pace(&worker[0], &b));
	b.apart = false;
	assert_false(asks_for_pace(&worker[0], &b));
	b = (struct block){.apart = true, .plan.pairs = 1};
	assert_false(asks_for_pace(&worker[0], &b));
	b.plan.pairs = 0;
	worker[0].self.bound = false;
	assert_false(asks_for_pace(&worker[0], &b));
	worker[0].self.bound = true;
	counters_in_use = (const struct counters *)&b; /* never read */
	assert_false(asks_for_pace(&worker[0], &b));
	counters_in_use = NULL;
}

static void more_threads_than_cpus(void **state)
{
	(void)state;
	cpus = THREADS - 1;
	collect_threads(THREADS);
	assert_true(r.windows_clean == UINT64_MAX && r.windows_alone == UINT64_MAX);
	near(r.pairs_per_s, 900 / 3e-6);
	assert_true(isnan(r.ns_per_pair));
}

static void a_thread_that_failed_fails_the_block(void **state)
{
	(void)state;
	for (int i = 0; i < THREADS; i++) {
		worker[i].self.failed = true;
		assert_int_equal(end(&crew, &r.total), BLOCK_FAILED);
		worker[i].self.failed = false;
	}
}

/* The third one is in last in the first burst, the first one in the second. */
static void the_last_one_in_decides(void **state)
{
	static struct guest guest[THREADS];
	static const uint64_t ins[] = {100, 3000000, 8000000};
	struct burst_result result;
	(void)state;
	crew = (struct crew){.plan = {.threads = THREADS, .bytes = sizeof(struct guest)}, .thread = (char *)guest, .begin = BEGIN};
	for (int i = 0; i < THREADS; i++)
		guest[i].self = (struct crew_thread){.begin = BEGIN, .end = BEGIN + ins[i]};
	ticks = BEGIN + 20000000;
	assert_int_equal(end(&crew, &result.total), BLOCK_DONE);
	sum_up(&crew, &result);
	near(result.all_in_ms, 4);
	assert_int_equal(result.total.wall_ns, 10000000);
	guest[0].self.end = BEGIN + 12000000;
	assert_int_equal(end(&crew, &result.total), BLOCK_DONE);
	sum_up(&crew, &result);
	near(result.all_in_ms, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(counts_are_summed_over_all_threads, make),
	    cmocka_unit_test_setup(the_block_ends_with_its_last_thread, make),
	    cmocka_unit_test_setup(a_wait_unknown_in_one_thread_is_unknown, make),
	    cmocka_unit_test_setup(fairness_is_that_of_all_threads, make),
	    cmocka_unit_test_setup(without_pairs_nothing_is_known_of_them, make),
	    cmocka_unit_test_setup(samples_of_all_threads, make),
	    cmocka_unit_test_setup(the_time_of_a_pair_is_that_of_its_thread, make),
	    cmocka_unit_test_setup(windows_with_a_wait_do_not_count, make),
	    cmocka_unit_test_setup(windows_with_cores_alone_count, make),
	    cmocka_unit_test_setup(probes_need_cores_of_their_own, make),
	    cmocka_unit_test_setup(more_threads_than_cpus, make),
	    cmocka_unit_test_setup(a_thread_that_failed_fails_the_block, make),
	    cmocka_unit_test_setup(the_last_one_in_decides, make),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
