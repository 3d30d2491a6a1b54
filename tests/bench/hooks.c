/* SPDX-License-Identifier: BSD-3-Clause */
/* What a workload does around its loop, in each thread of a block: it enters before and leaves
 * after. If one thread cannot enter, the block fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "block.h"
#include "clock.h"
#include "spin.h"

#define THREADS 3
#define PAIRS 100 /* each thread's: by time alone, a thread that waits for a CPU does none */

static struct topology *topology;
static const _Atomic bool never;
static _Thread_local bool inside;
static _Atomic uint32_t entered, left, outside_calls;

/* relaxed, all here: counters that are read when the threads have been joined. */
static void count(_Atomic uint32_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint32_t counted(_Atomic uint32_t *counter)
{
	return atomic_exchange_explicit(counter, 0, memory_order_relaxed);
}

static bool enter(struct loops_thread *t)
{
	(void)t;
	inside = true;
	count(&entered);
	return true;
}

/* Only the first thread can enter. */
static bool enter_once(struct loops_thread *t)
{
	(void)t;
	/* relaxed: as above. */
	inside = atomic_fetch_add_explicit(&entered, 1, memory_order_relaxed) == 0;
	return inside;
}

static void leave(struct loops_thread *t)
{
	(void)t;
	if (!inside)
		count(&outside_calls);
	inside = false;
	count(&left);
}

static void look(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	if (!inside)
		count(&outside_calls);
	spin_rounds(10 * pairs);
}

static struct block_plan plan_of(bool (*how)(struct loops_thread *t))
{
	return (struct block_plan){.run = look,
				   .topology = topology,
				   .placement = TOPOLOGY_NONE,
				   .threads = THREADS,
				   .block_ms = 20,
				   .window_us = 1000,
				   .pairs = PAIRS,
				   .abort = &never,
				   .enter = how,
				   .leave = leave};
}

static void around_the_loop(void **state)
{
	struct block_result result;
	struct block_plan plan = plan_of(enter);
	(void)state;
	assert_int_equal(block_run(&plan, &result, NULL), BLOCK_DONE);
	assert_int_equal(result.total.pairs, THREADS * PAIRS);
	assert_int_equal(counted(&entered), THREADS);
	assert_int_equal(counted(&left), THREADS);
	assert_int_equal(counted(&outside_calls), 0);
}

static void one_that_cannot_enter(void **state)
{
	struct block_result result;
	struct block_plan plan = plan_of(enter_once);
	(void)state;
	assert_int_equal(block_run(&plan, &result, NULL), BLOCK_FAILED);
	assert_int_equal(counted(&entered), THREADS);
	assert_int_equal(counted(&left), 1);
	assert_int_equal(counted(&outside_calls), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(around_the_loop), cmocka_unit_test(one_that_cannot_enter)};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
	topology_close(topology);
	return failed;
}
