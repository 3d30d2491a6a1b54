/* SPDX-License-Identifier: BSD-3-Clause */
/* What accesses cost, and store buffers, computed by hand: see on_machine.h. */
#include "on_machine.h"

int check_failures;

static void accesses(int id)
{
	uint32_t one = 1;
	add(&own), note(id);
	add(&own), note(id);
	see(id, atomic_exchange_explicit(&own, 1, memory_order_relaxed)), note(id); /* unused, it may become a store */
	atomic_compare_exchange_strong_explicit(&own, &one, 2, memory_order_relaxed, memory_order_relaxed), note(id);
	load(&own), note(id);
	store(&own, 3), note(id);
	fence(), note(id);
	/* seq_cst: takes what an exchange takes. */
	atomic_store_explicit(&own, 4, memory_order_seq_cst), note(id);
	EXTRAM_PAUSE(), note(id);
	EXTRAM_YIELD(), note(id);
}

/* The line comes from memory at 20. */
static void test_accesses(void)
{
	static const uint64_t ends[] = {24, 28, 36, 42, 43, 45, 61, 69, 169, 199};
	RUN(accesses, NEAR);
	for (uint32_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		CHECK_IS(at[0][i], ends[i]);
}

/* The load-exclusive, 3, and the store-exclusive. */
static void test_ll_sc(void)
{
	CHECK(machine_set("llsc=1") && machine_set("llsc_window=3"));
	RUN(accesses, NEAR);
	CHECK_IS(at[0][0], 27);
	CHECK_IS(at[0][1], 34);
	CHECK(machine_set("llsc=0"));
}

static void buffers_one(int id)
{
	if (id == 1) {
		add(&far[0].word);
		work_until(1100);
		see(2, load(&far[0].word));
		work_until(1300);
		see(1, load(&far[0].word));
		note(id);
		return;
	}
	work_until(1000);
	store(&far[0].word, 7);
	see(0, load(&far[0].word));
	note(id);
	fence();
	note(id);
}

static void test_buffered_store(void)
{
	RUN(buffers_one, NEAR, FAR);
	CHECK_IS(at[0][0], 1003);
	CHECK_IS(seen[0], 7);     /* its own, before it is in memory */
	CHECK_IS(seen[2], 1);     /* the line is where it was */
	CHECK_IS(at[0][1], 1248); /* asked for at 1002, there at 1232, and 16 */
	CHECK_IS(seen[1], 7);
	CHECK_IS(at[1][0], 1531); /* 1301, and 230 */
}

static void fills_buffer(int id)
{
	if (id == 1) {
		for (int i = 0; i < 3; i++)
			add(&far[i].word);
		return;
	}
	work_until(1000);
	for (int i = 0; i < 3; i++) {
		store(&far[i].word, 7);
		note(id);
	}
	fence();
	note(id);
}

/* It holds two. Both lines are on their way at the same time. */
static void test_full_buffer(void)
{
	RUN(fills_buffer, NEAR, FAR);
	CHECK_IS(at[0][0], 1002);
	CHECK_IS(at[0][1], 1004);
	CHECK_IS(at[0][2], 1232); /* the first is in memory */
	CHECK_IS(at[0][3], 1478); /* asked for at 1232, there at 1462, and 16 */
}

static void passes_message(int id)
{
	if (id == 1) {
		add(&far[0].word);
		while (load(&own) != 5)
			;
		note(id);
		see(id, load(&far[0].word));
		return;
	}
	add(&own);
	work_until(1000);
	store(&far[0].word, 7); /* slow */
	store(&own, 5);         /* its line may be there */
}

static void test_stores_stay_in_order(void)
{
	RUN(passes_message, NEAR, FAR);
	CHECK(at[1][0] >= 1232);
	CHECK_IS(seen[1], 7);
}

static void reads_plain(int id)
{
	if (id == 1) {
		plain = 1;
		return;
	}
	work_until(1000);
	plain = 2;
	see(id, plain);
	note(id);
	fence();
	note(id);
}

static void test_plain_store(void)
{
	RUN(reads_plain, NEAR, FAR);
	CHECK_IS(seen[0], 2);
	CHECK_IS(at[0][0], 1000);
	CHECK_IS(at[0][1], 1246); /* 1000, 230, and 16 */
}

static void hides_store(int id)
{
	if (id == 1) {
		add(&far[0].word);
		work_until(1100);
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
		see(id, load(&far[0].word));
		note(id);
		return;
	}
	work_until(1000);
	store(&far[0].word, 7);
	work_until(3000);
	add(&own);
}

/* The other thread's store is still waiting for its line. */
static void test_membarrier(void)
{
	CHECK(machine_set("membarrier=0"));
	RUN(hides_store, NEAR, FAR);
	CHECK_IS(seen[1], 7);
	CHECK_IS(at[1][0], 1101);
	CHECK(machine_set("membarrier=700"));
}

static void leaves_store(int id)
{
	if (id == 2) {
		add(&far[0].word);
	} else if (id == 0) {
		add(&own);
		work_until(500);
		store(&far[0].word, 7); /* slow */
		store(&own, 7);         /* its line is there */
		EXTRAM_YIELD();
	} else {
		see(id, load(&own));
		note(id);
	}
}

/* What the last thread on the CPU has stored: the switch is a barrier. */
static void test_switch_shows_stores(void)
{
	RUN(leaves_store, NEAR, NEAR, FAR);
	CHECK_IS(at[1][0], 585); /* 504, 30, 50, and 1 */
	CHECK_IS(seen[1], 7);
}

int main(int argc, char **argv)
{
	machine_file = argc > 1 ? argv[1] : "";
	CHECK(machine_read(machine_file));
	test_accesses();
	test_ll_sc();
	test_buffered_store();
	test_full_buffer();
	test_stores_stay_in_order();
	test_plain_store();
	test_membarrier();
	test_switch_shows_stores();
	return check_failures == 0 ? 0 : 1;
}
