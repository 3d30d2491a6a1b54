/* SPDX-License-Identifier: BSD-3-Clause */
/* A block whose loop never returns is reported as hung, with what each thread did last; a block
 * that returns is not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "block.h"
#include "clock.h"
#include "spin.h"

#define PAIRS 100 /* each thread's: by time alone, a thread that waits for a CPU does none */

static struct topology *topology;
static const _Atomic bool never;

static void come_back(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	spin_rounds(10 * pairs);
}

/* Does a few batches first, like a list that loses an m after a while. */
static void stay(struct loops_thread *t, uint64_t pairs)
{
	static _Thread_local int batches;
	(void)t, (void)pairs;
	while (++batches > 3)
		pause();
}

static struct block_plan plan_of(loops_run *run)
{
	return (struct block_plan){.run = run,
				   .topology = topology,
				   .placement = TOPOLOGY_NONE,
				   .threads = 3,
				   .block_ms = 20,
				   .window_us = 1000,
				   .pairs = PAIRS,
				   .abort = &never,
				   .patience_ms = 2000};
}

static void a_block_that_ends(void **state)
{
	struct block_result result;
	struct block_plan plan = plan_of(come_back);
	(void)state;
	plan.patience_ms = 0;
	assert_int_equal(block_run(&plan, &result, NULL), BLOCK_DONE);
	assert_int_equal(result.total.pairs, 3 * PAIRS);
}

static bool come_late(struct loops_thread *t)
{
	(void)t;
	usleep(500000);
	return true;
}

/* Threads that start after the block is over make no pair. The block has no result, and the caller
 * must see that. */
static void a_block_without_a_pair(void **state)
{
	struct block_result result;
	struct block_plan plan = plan_of(come_back);
	(void)state;
	plan.pairs = 0;
	plan.enter = come_late;
	assert_int_equal(block_run(&plan, &result, NULL), BLOCK_DONE);
	assert_int_equal(result.total.pairs, 0);
	assert_true(isnan(result.total.jain));
}

/* The report goes to standard error, which is put into a file meanwhile. */
static void a_block_that_hangs(void **state)
{
	char text[4096] = "";
	struct block_result result;
	struct block_plan plan = plan_of(stay);
	(void)state;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	enum block_status status = block_run(&plan, &result, NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_int_equal(status, BLOCK_HUNG);
	assert_true(n > 0);
	assert_non_null(strstr(text, "thread 2 is in the loop"));
	assert_null(strstr(text, " 0 pairs done"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_block_that_ends), cmocka_unit_test(a_block_without_a_pair),
	    cmocka_unit_test(a_block_that_hangs), /* last: its threads stay */
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("watchdog", tests, NULL, NULL);
	fflush(stdout);
	_exit(failed);
}
