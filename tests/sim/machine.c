/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine of sim.h by itself, under a driver in which threads take turns at each step. This
 * file runs on the machine: it is compiled with hooks.h in front. main is outside of a run.
 */
#include <stdio.h>

#include "driver.h"
#include "extram.h"

static const char *test;
static int failures;

static void check(bool good, const char *what)
{
	if (good)
		return;
	printf("FAILED: %s: %s (%s)\n", test, what, sim_failure);
	failures++;
}

#define CHECK(condition) check(condition, #condition)

static void run(const char *name, void (*body)(int id), int n)
{
	test = name;
	strcpy(sim_failure, "no failure");
	CHECK(driver_run(body, n));
}

static _Atomic uint32_t word;
static uint32_t found[2], shared;
static _Thread_local uint32_t local;

/* relaxed, in this file: the machine's memory has one value for all. Other orders are there so that
 * the driver sees them. They pair with nothing. */
static void exchanges(int id)
{
	found[id] = atomic_exchange_explicit(&word, (uint32_t)id + 1, memory_order_acq_rel);
}

static void test_accesses(void)
{
	const struct sim_access *a = &driver_saw.access;
	run("exchange", exchanges, 2);
	CHECK(found[0] == 0 && found[1] == 1);
	CHECK(driver_saw.kinds[SIM_EXCHANGE] == 2 && driver_saw.turns[SIM_STEP] == 2 && driver_saw.turns[SIM_ENDED] == 1);
	CHECK(a->address == &word && a->size == 4 && a->order == memory_order_acq_rel && a->operand[0] == 2 && !a->section);
	CHECK(atomic_load_explicit(&word, memory_order_relaxed) == 2);
}

/* Both load before one exchanges, so the second exchange fails. */
static void add_one(int id)
{
	uint32_t old = atomic_load_explicit(&word, memory_order_relaxed);
	while (!atomic_compare_exchange_strong_explicit(&word, &old, old + 1, memory_order_release, memory_order_relaxed))
		found[id]++;
}

static void test_failed_exchange(void)
{
	found[0] = found[1] = 0;
	atomic_store_explicit(&word, 0, memory_order_relaxed);
	run("compare-exchange", add_one, 2);
	CHECK(atomic_load_explicit(&word, memory_order_relaxed) == 2);
	CHECK(found[0] + found[1] == 1 && driver_saw.kinds[SIM_CAS] == 3);
	CHECK(driver_saw.access.done && driver_saw.access.failure == memory_order_relaxed);
}

static void waits_for_one(int id)
{
	if (id == 0)
		while (atomic_load_explicit(&word, memory_order_relaxed) == 0)
			EXTRAM_FUTEX_WAIT(&word, 0);
	else {
		EXTRAM_PAUSE();
		EXTRAM_YIELD();
		EXTRAM_USLEEP(7);
		atomic_store_explicit(&word, 1, memory_order_relaxed);
		EXTRAM_FUTEX_WAKE(&word, 1);
	}
}

static void waits_for_nobody(int id)
{
	(void)id;
	EXTRAM_FUTEX_WAIT(&word, 0);
}

static void test_waits(void)
{
	atomic_store_explicit(&word, 0, memory_order_relaxed);
	run("futex", waits_for_one, 2);
	CHECK(driver_saw.turns[SIM_BLOCKED] == 1 && driver_saw.woken == 1);
	CHECK(driver_saw.events[SIM_FUTEX_WAKE] == 1 && driver_saw.events[SIM_FUTEX_ENDS] == 1);
	CHECK(driver_saw.turns[SIM_PAUSE] == 1 && driver_saw.turns[SIM_YIELD] == 1 && driver_saw.turns[SIM_SLEEP] == 1);
	CHECK(driver_saw.slept == 7);
	atomic_store_explicit(&word, 0, memory_order_relaxed);
	CHECK(!driver_run(waits_for_nobody, 2) && strcmp(sim_failure, "all threads are blocked") == 0);
}

static pthread_mutex_t mutex;

static void locked_add(int id)
{
	(void)id;
	pthread_mutex_lock(&mutex);
	uint32_t old = shared;
	atomic_thread_fence(memory_order_acquire); /* the others run, and find the mutex locked */
	shared = old + 1;
	pthread_mutex_unlock(&mutex);
}

static void test_mutex(void)
{
	shared = 0;
	run("mutex", locked_add, 3);
	CHECK(shared == 3 && driver_saw.events[SIM_LOCKED] == 3 && driver_saw.events[SIM_UNLOCKED] == 3);
	CHECK(driver_saw.turns[SIM_BLOCKED] >= 2 && driver_saw.kinds[SIM_FENCE] == 3);
}

static volatile uint32_t handled; /* by the handler, so at any access */

static void note(void)
{
	/* The handler's own steps are no places for it. */
	atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
	handled++;
}

static void is_interrupted(int id)
{
	sigset_t all, before;
	(void)id;
	driver_signals = 2;
	atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
	CHECK(handled == 0); /* there is no handler */
	sim_on_signal(note);
	atomic_signal_fence(memory_order_seq_cst); /* seq_cst: any order is a place */
	CHECK(handled == 2 && driver_signals == 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	driver_signals = 1;
	atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
	CHECK(handled == 2); /* it is blocked */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	CHECK(handled == 3);
	driver_signals = 1;
	atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
	CHECK(handled == 4);
}

static void test_signals(void)
{
	handled = 0;
	run("signals", is_interrupted, 1);
	CHECK(driver_saw.events[SIM_HANDLER] == 4 && driver_saw.events[SIM_HANDLER_ENDS] == 4);
	driver_signals = 0;
}

static _Thread_local _Atomic uint32_t own_word;

/* Others could have the address: the compiler tells the machine of each access. */
static __attribute__((noinline)) void add_to(uint32_t *p)
{
	*p += 1;
}

/* What belongs to one thread is not shown. */
static void writes(int id)
{
	uint32_t on_stack = 0;
	add_to(&on_stack);
	add_to(&local);
	atomic_fetch_add_explicit(&own_word, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&word, 1, memory_order_relaxed);
	add_to(&local);
	if (id == 1)
		shared = local + on_stack;
}

static void test_plain(void)
{
	shared = 0;
	run("plain", writes, 2);
	CHECK(driver_saw.plain == 1 && driver_saw.plain_at == &shared && driver_saw.plain_bytes == 4);
	CHECK(driver_saw.kinds[SIM_ADD] == 2 && driver_saw.access.address == &word);
	CHECK(shared == 3 && local == 0);
}

#ifdef RSEQ_BUILT

static struct rseq_slab slabs[2];
static bool pushed, stopped;

static void pushes(int id)
{
	if (id == 0)
		pushed = rseq_push(slabs, 2, &word);
	else
		stopped = rseq_stop(slabs, 0);
}

static uint32_t entries(void)
{
	return rseq_count(atomic_load_explicit(&slabs[0].word, memory_order_relaxed));
}

static void test_sequences(void)
{
	driver_aborts = 2;
	run("a sequence that is interrupted", pushes, 1);
	CHECK(pushed && entries() == 1 && slabs[0].slot[0] == &word);
	CHECK(driver_aborts == 0 && driver_saw.events[SIM_ABORTED] == 2 && driver_saw.access.section);
	run("a sequence beside membarrier", pushes, 2);
	CHECK(driver_saw.barriers == 1 && driver_saw.events[SIM_ABORTED] == 1);
	CHECK(pushed != stopped && entries() == (pushed ? 2U : 1U));
}

#else
static void test_sequences(void)
{
}
#endif

static void leaves_a_block(int id)
{
	char *p = malloc(10);
	if (id == 0)
		free(p);
}

static void frees_twice(int id)
{
	(void)id;
	char *p = malloc(1);
	free(p);
	free(p);
}

static void follows_wild_pointer(int id)
{
	*(volatile int *)(uintptr_t)(8 * id + 8) = 1;
}

static void test_memory(void)
{
	run("blocks", leaves_a_block, 2);
	CHECK(sim_blocks() == 1);
	CHECK(!driver_run(frees_twice, 1));
	CHECK(strstr(sim_failure, "freed already") != NULL);
	CHECK(!driver_run(follows_wild_pointer, 1));
	CHECK(strncmp(sim_failure, "signal 11: ", 11) == 0);
	run("a run after a failed one", leaves_a_block, SIM_THREADS);
	CHECK(sim_blocks() == SIM_THREADS - 1);
}

int main(void)
{
	test_accesses();
	test_failed_exchange();
	test_waits();
	test_mutex();
	test_signals();
	test_plain();
	test_sequences();
	test_memory();
	return failures == 0 ? 0 : 1;
}
