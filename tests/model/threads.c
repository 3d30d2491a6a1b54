/* SPDX-License-Identifier: BSD-3-Clause */
/* How threads wait and share CPUs, computed by hand: see on_machine.h. */
#include "on_machine.h"

int check_failures;

static void sleeps_on_futex(int id)
{
	if (id == 1)
		EXTRAM_FUTEX_WAIT(&own, 0);
	else {
		work_until(1000);
		EXTRAM_FUTEX_WAKE(&own, 1);
	}
	note(id);
}

static void test_futex(void)
{
	RUN(sleeps_on_futex, NEAR, FAR);
	CHECK_IS(at[0][0], 1430); /* 1000, 30 and 400 */
	CHECK_IS(at[1][0], 1530); /* woken at 1030, and 500 */
}

static void wakes_soon(int id)
{
	if (id == 1)
		EXTRAM_FUTEX_WAIT(&own, 0);
	else {
		work_until(100);
		EXTRAM_FUTEX_WAKE(&own, 1);
	}
	note(id);
}

static void test_woken_on_its_way_to_sleep(void)
{
	RUN(wakes_soon, NEAR, FAR);
	CHECK_IS(at[1][0], 321); /* reads the word at 21, then 300 into the kernel and no wake-up */
}

static void stores_and_waits(int id)
{
	if (id == 1) {
		add(&far[0].word);
		return;
	}
	add(&own);
	work_until(1000);
	store(&far[0].word, 7); /* slow */
	store(&own, 7);         /* waits behind it */
	EXTRAM_FUTEX_WAIT(&own, 1);
	note(id);
}

static void test_futex_sees_own_store(void)
{
	RUN(stores_and_waits, NEAR, FAR);
	CHECK_IS(at[0][0], 1232);
}

static void sleeps(int id)
{
	EXTRAM_USLEEP(3);
	note(id);
}

static void test_sleep(void)
{
	RUN(sleeps, NEAR);
	CHECK_IS(at[0][0], 4100); /* 3000, 600 and 500 */
}

static void pauses(int id)
{
	for (int i = 0; i < 30; i++) {
		EXTRAM_PAUSE();
		note(id);
	}
}

/* Slices of 1000, ten pauses each, and 50 from one thread to the other. */
static void test_slices(void)
{
	RUN(pauses, NEAR, NEAR);
	CHECK_IS(at[0][8], 900);
	CHECK_IS(at[1][0], 1150);
	CHECK_IS(at[1][8], 1950);
	CHECK_IS(at[0][9], 2100);
	CHECK_IS(at[0][10], 2200);
	CHECK_IS(at[1][9], 3150);
	RUN(pauses, NEAR, NEAR + 1);
	CHECK_IS(at[0][29], 3000);
	CHECK_IS(at[1][29], 3000);
}

static void sleeps_beside(int id)
{
	if (id == 0)
		pauses(id);
	else {
		note(id);
		EXTRAM_USLEEP(1);
		note(id);
	}
}

/* Its sleep ends at 2650, while the other runs, whose slice has ended at 2400. */
static void test_woken_beside_a_busy_thread(void)
{
	RUN(sleeps_beside, NEAR, NEAR);
	CHECK_IS(at[1][0], 1050);
	CHECK_IS(at[0][9], 1400); /* 1050, 300 into the kernel, and 50 */
	CHECK_IS(at[1][1], 2850); /* the second step after 2650, and 50 */
}

static void yields(int id)
{
	if (id == 0)
		EXTRAM_YIELD();
	note(id);
}

static void test_yield(void)
{
	RUN(yields, NEAR, NEAR);
	CHECK_IS(at[1][0], 80);
	CHECK_IS(at[0][0], 130);
}

static void computes(int id)
{
	cpus_compute(1000 * EVENTS_NS);
	note(id);
}

static void test_computing_siblings(void)
{
	RUN(computes, NEAR, FAR);
	CHECK(at[0][0] == 1000 && at[1][0] == 1000);
	RUN(computes, NEAR, NEAR + 1);
	CHECK_IS(at[0][0], 1000); /* it begins alone */
	CHECK_IS(at[1][0], 1500);
}

int main(int argc, char **argv)
{
	machine_file = argc > 1 ? argv[1] : "";
	CHECK(machine_read(machine_file));
	test_futex();
	test_futex_sees_own_store();
	test_sleep();
	test_slices();
	test_woken_beside_a_busy_thread();
	test_yield();
	test_computing_siblings();
	test_woken_on_its_way_to_sleep();
	return check_failures == 0 ? 0 : 1;
}
