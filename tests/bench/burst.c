/* SPDX-License-Identifier: BSD-3-Clause */
/* A burst: all threads are in at once. A burst that hangs is reported, with where each thread
 * is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "burst.h"
#include "clock.h"
#include "extram.h"

#define THREADS 40

static struct topology *topology;
static _Atomic uint32_t inside;

static uint32_t number(void)
{
	/* relaxed: a counter; the doors of the burst order it. */
	return atomic_load_explicit(&inside, memory_order_relaxed);
}

static void come_in(struct crew_thread *t)
{
	/* relaxed: as above. */
	atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed);
	burst_stay(t);
	if (number() != THREADS)
		atomic_store_explicit((_Atomic bool *)t->context, true, memory_order_relaxed); /* relaxed: read after the join */
}

/* One thread never comes in, as if no m had been made for it. */
static void one_stays_out(struct crew_thread *t)
{
	crew_phase(t, "waits for its m");
	while (t->index == 2)
		pause();
	burst_stay(t);
}

static enum block_status run(void (*visit)(struct crew_thread *t), void *context, struct burst_result *result)
{
	struct crew_plan plan = {.body = visit,
				 .context = context,
				 .topology = topology,
				 .placement = TOPOLOGY_COMPACT,
				 .threads = THREADS,
				 .patience_ms = visit == one_stays_out ? 500 : 0};
	return burst_run(&plan, result);
}

static void all_are_in_at_once(void **state)
{
	_Atomic bool missed = false;
	struct burst_result result;
	(void)state;
	assert_int_equal(run(come_in, &missed, &result), BLOCK_DONE);
	/* relaxed: the threads have been joined. */
	assert_false(atomic_load_explicit(&missed, memory_order_relaxed));
	assert_int_equal(number(), THREADS);
	assert_int_equal(result.total.bound, THREADS);
	assert_int_equal(result.total.pairs, THREADS);
	assert_true(result.all_in_ms > 0 && result.all_in_ms * 1e6 <= (double)result.total.wall_ns);
	assert_true(result.total.cpu_ns > 0);
}

/* The report goes to standard error, which is put into a file meanwhile. */
static void one_that_hangs(void **state)
{
	char text[8192] = "";
	struct burst_result result;
	(void)state;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	enum block_status status = run(one_stays_out, NULL, &result);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_int_equal(status, BLOCK_HUNG);
	assert_true(n > 0);
	assert_non_null(strstr(text, "thread 2 waits for its m"));
	assert_non_null(strstr(text, "thread 3 is in its callback"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_in_at_once), cmocka_unit_test(one_that_hangs), /* last: its threads stay */
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("burst", tests, NULL, NULL);
	fflush(stdout);
	_exit(failed);
}
