/* SPDX-License-Identifier: BSD-3-Clause */
/* What the threads of a block use, and what the hypervisor steals, is counted from the start of the
 * loops to their end. The threads look at their own counters around it, so no time decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "spin.h"
#include "topology.h"
#include "usage.h"

static uint64_t stolen;
static bool is_known;

static bool look_at_steal(uint64_t *ns)
{
	*ns = stolen += 6;
	return is_known;
}

/* In place of the real one, for the source below. */
#define usage_steal_ns(ns) look_at_steal(ns)
#include "../../bench/core/crew.c"

#include "block.h"

/* Last: it takes the name fail, which the source has too. */
#include <cmocka.h>

#define PAIRS 20
#define SPINS 20000

static struct topology *topology;
static const _Atomic bool never;
static struct usage entered, first, last, left; /* of the block's only thread */
static bool begun;

static void sleep_and_work(void)
{
	usleep(100);
	spin_rounds(SPINS);
}

static bool enter(struct loops_thread *t)
{
	(void)t;
	for (int i = 0; i < PAIRS; i++)
		sleep_and_work();
	entered = usage_now();
	begun = false;
	return true;
}

static void loop(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	if (!begun)
		first = usage_now();
	begun = true;
	for (; pairs > 0; pairs--)
		sleep_and_work();
	last = usage_now();
}

static void leave(struct loops_thread *t)
{
	(void)t;
	left = usage_now();
}

static void run(struct block_result *result)
{
	struct block_plan plan = {.run = loop,
				  .topology = topology,
				  .placement = TOPOLOGY_NONE,
				  .threads = 1,
				  .block_ms = 20,
				  .window_us = 1000,
				  .pairs = PAIRS,
				  .abort = &never,
				  .enter = enter,
				  .leave = leave};
	assert_int_equal(block_run(&plan, result, NULL), BLOCK_DONE);
	assert_int_equal(result->total.pairs, PAIRS);
}

/* At least what the loop used, at most what there was between enter and leave. */
static void usage_is_that_of_the_loop(void **state)
{
	struct block_result r;
	(void)state;
	run(&r);
	double cpu_ns = r.cpu_ns_per_pair * PAIRS;
	assert_true(cpu_ns > (double)(last.cpu_ns - first.cpu_ns) - 1);
	assert_true(cpu_ns < (double)(left.cpu_ns - entered.cpu_ns) + 1);
	assert_in_range(r.total.nvcsw, last.nvcsw - first.nvcsw, left.nvcsw - entered.nvcsw);
	assert_in_range(r.total.nivcsw, last.nivcsw - first.nivcsw, left.nivcsw - entered.nivcsw);
}

static void steal_is_that_of_the_block(void **state)
{
	struct block_result r;
	(void)state;
	stolen = 1000;
	is_known = true;
	run(&r);
	assert_int_equal(r.total.steal_ns, 6);
	is_known = false;
	run(&r);
	assert_true(r.total.steal_ns == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usage_is_that_of_the_loop),
	    cmocka_unit_test(steal_is_that_of_the_block),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("usage", tests, NULL, NULL);
	topology_close(topology);
	return failed;
}
