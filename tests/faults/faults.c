/* SPDX-License-Identifier: BSD-3-Clause */
/* faults NAME [THREADS]: tests what may happen to threads and processes, over the strategy of that
 * name. The numbers of forks, signals and stops follow THREADS. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../needm/needm_test.h"
#include "faults.h"

#define TEST(name, function)                                                                                                               \
	{                                                                                                                                  \
		name, function, NULL, NULL, strategy                                                                                       \
	}

unsigned faults_threads = 2000;

static void elsewhere(void **state)
{
	(void)state;
}

/* The name as the test driver reads it, with the reason as part of it. The test itself returns at
 * once. */
static const char *unless(bool skipped, const char *name, const char *with_reason)
{
	return skipped ? with_reason : name;
}

static int run(void *strategy)
{
	const char *leave =
	    unless(!faults_may_leave(strategy), "threads leave without a word", "threads leave without a word # SKIP it keeps their ms");
	const char *storm = unless(!SIGNALS_ARE_PROMPT, "signals whose handlers need an m", "signals # SKIP this checker holds them back");
	const char *moved = unless(crew_cpus() == 1, "threads are moved between CPUs", "threads are moved # SKIP one CPU only");
	const char *frozen =
	    unless(!faults_may_freeze(strategy), "a thread stops inside an operation",
		   "a thread stops inside an operation # SKIP it does not claim to be lock-free, or signals are held back");
	const struct CMUnitTest tests[] = {
	    TEST("threads die with an m", faults_die_with_m),
	    TEST(leave, faults_leave_without_a_word),
	    TEST("more threads than any table", faults_more_threads),
	    TEST("fork while the list is in use", faults_fork),
	    TEST("fork while nobody is inside", faults_fork_at_rest),
	    TEST(storm, faults_storm),
	    TEST(moved, faults_moved),
	    /* It would take the CPU away from every process. */
	    TEST("a CPU goes away # SKIP here; the suite arm64-kernel takes one away from a machine of its own", elsewhere),
	    TEST(frozen, faults_frozen),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	const struct extram_strategy *s = argc >= 2 ? extram_find(argv[1]) : NULL;
	if (argc == 3)
		faults_threads = (unsigned)atoi(argv[2]);
	if (s == NULL || argc > 3 || faults_threads == 0) {
		fprintf(stderr, "usage: %s STRATEGY [THREADS]\n", argv[0]);
		return 2;
	}
	return run((void *)s);
}
