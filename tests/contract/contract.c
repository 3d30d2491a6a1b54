/* SPDX-License-Identifier: BSD-3-Clause */
/* contract NAME: checks that the strategy of that name keeps the contract of extram.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "contract.h"
#include "harness.h"

#define TEST(name, function)                                                                                                               \
	{                                                                                                                                  \
		name, function, NULL, NULL, strategy                                                                                       \
	}

#define UNLESS_ALONE(name) (fixture_alone(strategy) ? name " # SKIP a process has one such list" : (name))

static int run(void *strategy)
{
	const char *other_cpu = "ms put on one CPU can be got on another";
	if (crew_cpus() == 1)
		other_cpu = "ms put on one CPU can be got on another # SKIP one CPU only";
	const struct CMUnitTest tests[] = {
	    TEST("names and summaries", contract_described),
	    TEST("an empty list", contract_empty),
	    TEST("one m", contract_one),
	    TEST("each m exactly once", contract_order),
	    TEST("a random walk", contract_walk),
	    TEST("a random walk over the CPUs", contract_walk_over_cpus),
	    TEST("100,000 ms", contract_many),
	    TEST("init and fini again", contract_again),
	    TEST("admit refuses with a reason, and nothing ordinary", contract_admit),
	    TEST("addresses that do not fit are refused", contract_refuses),
	    TEST("any two of many ms", contract_any_two),
	    TEST("get and put in a signal handler", contract_in_handler),
	    TEST("an owner's writes reach the next owner", contract_handover),
	    TEST("a get that waits is counted once", contract_waiters),
	    TEST("a get that waits ends with a put", contract_waits_for_put),
	    TEST("a put by a thread that stays ends a wait", contract_putter_stays),
	    TEST("the last m is not kept by who puts it", contract_last_comes_back),
	    TEST("a get that need not wait is not counted", contract_not_counted),
	    TEST("ms of a thread that has left", contract_thread_exit),
	    TEST(other_cpu, contract_other_cpu),
	    TEST("no get is empty-handed while an m is parked", contract_never_empty),
	    TEST("who empties the list is told", contract_one_empties),
	    TEST("thread_exit with ms out", contract_exit_with_m_out),
	    TEST("destructors that call after the thread has left", contract_destructors),
	    TEST("signals are blocked when a thread's end puts", contract_end_blocks_signals),
	    TEST("threads that outlive their list", contract_threads_outlive),
	    TEST("two threads that stay serve two that wait", contract_two_stay),
	    TEST("two idle threads that stay serve two that wait", contract_two_stay_idle),
	    TEST("a waiter woken in vain does not cost another", contract_woken_in_vain),
	    TEST(UNLESS_ALONE("two lists in one thread"), contract_two_lists),
	    TEST(UNLESS_ALONE("a list ends, another goes on"), contract_list_ends),
	    TEST(UNLESS_ALONE("two lists, four threads"), contract_two_lists_shared),
	    TEST(UNLESS_ALONE("a get waits for its own list"), contract_waits_apart),
	    TEST("threads admit at the same time", contract_admits_meet),
	    TEST("threads admit the first ms at the same time", contract_first_admits_meet),
	    TEST("threads admit while others get and put", contract_admits_beside_pairs),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	const struct extram_strategy *s = argc == 2 ? extram_find(argv[1]) : NULL;
	if (s == NULL) {
		fprintf(stderr, "usage: %s STRATEGY\n", argv[0]);
		return 2;
	}
	return run((void *)s);
}
