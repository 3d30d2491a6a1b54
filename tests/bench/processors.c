/* SPDX-License-Identifier: BSD-3-Clause */
/* Processors: no more are in use at once than there are, and no thread that sleeps in C keeps one
 * while others want one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "clock.h"
#include "extram.h"
#include "processors.h"
#include "wait.h"

#define COUNT 3
#define THREADS 24
#define ROUNDS 200

struct crowd {
	struct processors *processors;
	pthread_barrier_t all_in;
	_Atomic uint32_t inside, most;
};

static void enter(struct crowd *c)
{
	/* relaxed, both: counters; a processor that is handed on orders them. */
	uint32_t n = atomic_fetch_add_explicit(&c->inside, 1, memory_order_relaxed) + 1;
	uint32_t most = atomic_load_explicit(&c->most, memory_order_relaxed);
	while (n > most && !atomic_compare_exchange_weak_explicit(&c->most, &most, n, memory_order_relaxed, memory_order_relaxed))
		;
}

static void leave(struct crowd *c)
{
	/* relaxed: as above. */
	atomic_fetch_sub_explicit(&c->inside, 1, memory_order_relaxed);
}

static void *come_and_go(void *arg)
{
	struct crowd *c = arg;
	struct processor *p = NULL;
	for (int i = 0; i < ROUNDS; i++) {
		p = processors_exitsyscall(c->processors, p);
		enter(c);
		EXTRAM_YIELD();
		leave(c);
		processors_entersyscall(p);
		EXTRAM_YIELD();
	}
	return NULL;
}

/* Ends only if the processors that sleeping threads left behind are taken from them. */
static void *sleep_until_all_are_in(void *arg)
{
	struct crowd *c = arg;
	struct processor *p = processors_exitsyscall(c->processors, NULL);
	processors_entersyscall(p);
	pthread_barrier_wait(&c->all_in);
	p = processors_exitsyscall(c->processors, p);
	processors_entersyscall(p);
	return NULL;
}

static void run(struct crowd *c, void *(*body)(void *), uint32_t count)
{
	pthread_t thread[THREADS];
	c->processors = processors_new(count);
	assert_non_null(c->processors);
	pthread_barrier_init(&c->all_in, NULL, THREADS);
	EXTRAM_USLEEP(50000); /* for the monitor to go to sleep; if it has not, the test shows less */
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, body, c), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&c->all_in);
	processors_free(c->processors);
}

static void never_more_than_there_are(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= COUNT; count++) {
		struct crowd c = {.inside = 0};
		run(&c, come_and_go, count);
		/* relaxed: the threads have been joined. */
		assert_in_range(atomic_load_explicit(&c.most, memory_order_relaxed), 1, count);
	}
}

static void sleepers_lose_theirs(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= COUNT; count++) {
		struct crowd c = {.inside = 0};
		run(&c, sleep_until_all_are_in, count);
	}
}

/* With no other thread in need of a processor, a returning thread has the same one again, whether
 * or not the monitor took it meanwhile. */
static void the_same_again(void **state)
{
	(void)state;
	struct processors *all = processors_new(COUNT);
	struct processor *first = processors_exitsyscall(all, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		processors_entersyscall(first);
		assert_ptr_equal(processors_exitsyscall(all, first), first);
	}
	processors_entersyscall(first);
	processors_free(all);
}

/* Threads that are in the runtime at once have different processors. */
static void each_its_own(void **state)
{
	struct processor *p[COUNT];
	(void)state;
	struct processors *all = processors_new(COUNT);
	for (int i = 0; i < COUNT; i++) {
		p[i] = processors_exitsyscall(all, NULL);
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(p[i], p[k]);
	}
	for (int i = 0; i < COUNT; i++)
		processors_entersyscall(p[i]);
	processors_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(never_more_than_there_are),
	    cmocka_unit_test(sleepers_lose_theirs),
	    cmocka_unit_test(the_same_again),
	    cmocka_unit_test(each_its_own),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	return cmocka_run_group_tests_name("processors", tests, NULL, NULL);
}
