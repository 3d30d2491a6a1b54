/* SPDX-License-Identifier: BSD-3-Clause */
/* A crew starts whole or not at all, and together. The source is included, so that the system can
 * refuse a thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>

static int allowed; /* threads that the system creates before it refuses one */

static int create_thread(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	return allowed-- > 0 ? pthread_create(thread, attr, start, arg) : 1;
}

/* In place of the real one, for the source below. */
#define pthread_create(thread, attr, start, arg) create_thread(thread, attr, start, arg)
#include "../../bench/core/crew.c"

/* Last: it takes the name fail, which the source has too. */
#include <cmocka.h>

#define THREADS 8

struct seen {
	_Atomic uint32_t prepared, started, early;
};

static void add(_Atomic uint32_t *counter)
{
	/* relaxed: counters; the crew's doors order prepared, and the joins the others. */
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint32_t number(const _Atomic uint32_t *counter)
{
	/* relaxed: as in add. */
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void body(struct crew_thread *t)
{
	struct seen *seen = t->context;
	add(&seen->prepared);
	if (!crew_ready(t))
		return;
	add(&seen->started);
	if (number(&seen->prepared) < THREADS || t->begin == 0)
		add(&seen->early);
	t->end = t->begin;
}

static enum block_status run(int threads, struct seen *seen, struct crew_total *total)
{
	allowed = threads;
	struct crew *crew =
	    crew_new(&(const struct crew_plan){.body = body, .context = seen, .placement = TOPOLOGY_NONE, .threads = THREADS});
	assert_non_null(crew);
	enum block_status status = crew_run(crew, total);
	crew_free(crew);
	return status;
}

static void threads_start_when_all_are_ready(void **state)
{
	struct seen seen = {0};
	struct crew_total total;
	(void)state;
	assert_int_equal(run(THREADS, &seen, &total), BLOCK_DONE);
	assert_int_equal(number(&seen.started), THREADS);
	assert_int_equal(number(&seen.early), 0);
	assert_int_equal(total.wall_ns, 0);
}

/* Those that were created end, and none has started. */
static void a_thread_that_cannot_be_created_fails_the_crew(void **state)
{
	struct crew_total total;
	(void)state;
	for (int threads = 0; threads < THREADS; threads++) {
		struct seen seen = {0};
		assert_int_equal(run(threads, &seen, &total), BLOCK_FAILED);
		assert_int_equal(number(&seen.prepared), threads);
		assert_int_equal(number(&seen.started), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(threads_start_when_all_are_ready),
	    cmocka_unit_test(a_thread_that_cannot_be_created_fails_the_crew),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
