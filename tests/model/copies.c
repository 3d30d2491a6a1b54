/* SPDX-License-Identifier: BSD-3-Clause */
/* A line with clean copies, and one that siblings share, by hand: see requests.h. */
#include "requests.h"

int check_failures;

static void test_siblings(void)
{
	struct asked near, sibling;
	BEGIN();
	comes_to(0, true, 0);
	CHECK(has(1, false, 100) && !has(1, true, 100)); /* it reads along, but does not write along */
	CHECK_IS(comes_to(1, true, 100), 102);
	CHECK_IS(comes_to(0, true, 200), 202);
	ask(&near, 2, true, 300);
	CHECK(!has(1, true, 301) && has(0, true, 301));
	ask(&sibling, 1, true, 301);
	run_until(1000);
	CHECK_IS(near.came, 330);
	CHECK_IS(sibling.came, 345); /* 330 + 5, then 10 to the core */
}

/* A read of the core's other thread comes with the line. */
static void test_sibling_reads(void)
{
	struct asked write, read;
	BEGIN();
	comes_to(0, true, 0);
	ask(&write, 2, true, 1000);
	ask(&read, 3, false, 1001);
	run_until(2000);
	CHECK_IS(write.came, 1030);
	CHECK_IS(read.came, 1030);
}

/* A sibling's turns do not put off what comes from other cores. */
static void test_siblings_under_load(void)
{
	struct asked near, far, sibling[2];
	uint64_t at = 1000;
	BEGIN();
	comes_to(0, true, 0);
	ask(&near, 2, true, at);
	ask(&far, 4, true, at);
	ask(&sibling[0], 1, true, at);
	for (int turn = 0; (near.came == NOT_YET || far.came == NOT_YET) && turn < 1000; turn++) {
		ask(&sibling[1 - turn % 2], turn % 2, true, at);
		while (sibling[turn % 2].came == NOT_YET && at < 9000)
			run_until(++at);
	}
	CHECK(near.came < 3000 && far.came < 3000);
}

static void test_readers(void)
{
	struct asked a, b;
	BEGIN();
	comes_to(0, true, 0);
	CHECK_IS(comes_to(2, false, 1000), 1030);
	CHECK(has(0, false, 1030) && has(2, false, 1030)); /* the owner keeps a clean copy */
	CHECK(!has(0, true, 1030) && !has(2, true, 1030));
	ask(&a, 4, false, 2000);
	run_until(2130);
	CHECK(!has(5, false, 2219) && has(5, false, 2220)); /* the sibling, not while it is between the packages */
	run_until(2400);
	ask(&b, 6, false, 2400);
	run_until(3000);
	CHECK_IS(a.came, 2230); /* 10 + 100 + 10, and back 100 + 10 */
	CHECK_IS(b.came, 2420); /* its domain has a copy */
	ask(&a, 8, false, 4000);
	ask(&b, 10, false, 4000);
	run_until(4119);
	CHECK(a.came == NOT_YET && b.came == NOT_YET);
	run_until(4120);
	CHECK((a.came == NOT_YET) != (b.came == NOT_YET));
	CHECK_IS(a.came == NOT_YET ? b.came : a.came, 4230);
	run_until(5000);
	CHECK_IS(a.came + b.came, 4230 + 4230); /* the second waits in the domain for the copy, which is there at 4220 */
	BEGIN();
	comes_to(0, true, 0);
	comes_to(2, false, 1000);
	ask(&a, 4, false, 2000);
	ask(&b, 8, false, 2000);
	run_until(3000);
	CHECK_IS(a.came < b.came ? a.came : b.came, 2230);
	CHECK_IS(a.came < b.came ? b.came : a.came, 2240); /* 10 later: a far one asks the core */
	BEGIN("clean_gap=30");
	comes_to(0, true, 0);
	comes_to(2, false, 1000);
	ask(&a, 4, false, 2000);
	ask(&b, 8, false, 2000);
	run_until(3000);
	CHECK_IS(a.came < b.came ? b.came : a.came, 2260);
}

/* The farthest copy: 100 there, 20 in its domain, 100 back. Each but the first: 3. */
static void test_writer_takes_copies_away(void)
{
	BEGIN();
	comes_to(0, true, 0);
	comes_to(2, false, 1000);
	CHECK_IS(comes_to(0, true, 2000), 2030); /* 10 to the domain, 20 to the other core and back */
	CHECK(has(0, true, 2030) && !has(2, false, 2030));
	comes_to(2, false, 3000);
	comes_to(4, false, 4000);
	comes_to(6, false, 5000);
	CHECK_IS(comes_to(2, true, 6000), 6236); /* 10 + 220 + 2 * 3 */
	CHECK(!has(0, false, 6236) && !has(4, false, 6236) && !has(6, false, 6236));
}

/* The only copy needs no word of others. */
static void test_exclusive(void)
{
	BEGIN();
	CHECK_IS(comes_to(0, false, 0), 20);
	CHECK(has(0, true, 100));
	lines_use(LINE, 0, true, 100 * EVENTS_NS);
	CHECK_IS(comes_to(2, false, 200), 230);
	CHECK(!has(0, true, 300));
}

/* An access that has begun comes to its end first. */
static void test_use(void)
{
	BEGIN();
	comes_to(0, true, 0);
	uint64_t version = lines_version(LINE);
	lines_use(LINE, 0, true, 1100 * EVENTS_NS);
	CHECK_IS(lines_version(LINE), version + 1);
	CHECK_IS(comes_to(2, true, 1000), 1110); /* 1100, then 10 to the core */
}

/* What a CPU wants of a line comes at once: a load beside a buffered store. */
static void test_one_miss(void)
{
	struct asked store, load, near;
	BEGIN();
	comes_to(0, true, 0);
	ask(&store, 2, true, 1000);
	ask(&load, 2, false, 1001);
	run_until(1021);
	ask(&near, 0, true, 1021);
	run_until(2000);
	CHECK_IS(store.came, 1030);
	CHECK_IS(load.came, 1030);
	CHECK_IS(near.came, 1051);
}

int main(int argc, char **argv)
{
	machine_file = argc > 1 ? argv[1] : "";
	test_siblings();
	test_sibling_reads();
	test_siblings_under_load();
	test_readers();
	test_writer_takes_copies_away();
	test_exclusive();
	test_use();
	test_one_miss();
	return check_failures == 0 ? 0 : 1;
}
