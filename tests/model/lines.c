/* SPDX-License-Identifier: BSD-3-Clause */
/* A line that is written, in examples computed by hand: see requests.h. */
#include "requests.h"
#include "sim.h"

int check_failures;

static void test_one_core(void)
{
	BEGIN();
	CHECK(!has(0, false, 0));
	CHECK_IS(comes_to(0, true, 0), 20); /* from memory: 10 there, 10 back */
	CHECK(!has(0, true, 19) && has(0, true, 20) && has(0, false, 20));
	CHECK(!has(2, false, 1000));
}

/* Four ways of 10: to the domain, to the owner, back to the domain, and to the core. */
static void test_two_cores(void)
{
	BEGIN();
	comes_to(0, true, 0);
	CHECK_IS(comes_to(2, true, 1000), 1030);
	CHECK(has(2, true, 1030) && !has(0, false, 1030));
	CHECK_IS(comes_to(0, true, 1031), 1061); /* served at 1051, after 1030 + 5 */
	CHECK_IS(comes_to(2, true, 1045), 1076); /* 1061 + 5, then 10 to the core */
}

/* 10, 100 to the other package, 10; back 100 and 10. */
static void test_two_packages(void)
{
	BEGIN();
	comes_to(0, true, 0);
	CHECK_IS(comes_to(4, true, 1000), 1230);
	CHECK_IS(comes_to(0, true, 2000), 2230);
}

/* Of two that wait, the second is on its way while the first has the line: 5 and 10 after it. */
static void test_three_cores(void)
{
	struct asked near, far;
	BEGIN();
	comes_to(0, true, 0);
	ask(&near, 2, true, 1000);
	ask(&far, 4, true, 1000);
	run_until(2000);
	CHECK_IS(near.came, 1030);
	/* It is at the domain at 1110. The line is free at 1035. */
	CHECK_IS(far.came, 1230);
	BEGIN();
	comes_to(0, true, 0);
	ask(&far, 4, true, 900);
	ask(&near, 2, true, 1015);
	run_until(3000);
	CHECK_IS(far.came, 1130); /* served at 1020 */
	/* It was on its way to domain 0 when the line left: 1025 + 100 + 10 there, 110 back. */
	CHECK_IS(near.came, 1245);
}

/* A detour by the home. In its own domain a request passes no home. */
static void test_home(void)
{
	BEGIN("home_detour=1", "home=2");
	comes_to(0, true, 0);
	CHECK_IS(comes_to(2, true, 1000), 1030);
	CHECK_IS(comes_to(4, true, 2000), 2330); /* 10 + 100 + 100 + 10, back 110 */
	CHECK_IS(comes_to(8, true, 3000), 3250); /* from the home's node itself: 10 + 20 + 100 + 10, back 110 */
	CHECK_IS(comes_to(0, true, 4000), 4250); /* to it */
	BEGIN("home_detour=1", "home=0");
	comes_to(0, true, 0);
	CHECK_IS(comes_to(4, true, 2000), 2250);
}

/* Near requests come without end, and the far one is served in time. */
static void test_far_request_under_load(void)
{
	struct asked far, near[2];
	uint64_t at = 1000;
	BEGIN("home_detour=1", "home=2");
	comes_to(0, true, 0);
	ask(&far, 4, true, 1000);
	ask(&near[0], 2, true, 1000);
	for (int turn = 0; far.came == NOT_YET && turn < 1000; turn++) {
		ask(&near[1 - turn % 2], turn % 2 == 0 ? 0 : 2, true, at);
		while (near[turn % 2].came == NOT_YET && far.came == NOT_YET)
			run_until(++at);
	}
	CHECK(far.came < 3000);
}

/* Of three that wait, each is the first for some seed: it is not the one that came first. */
static void test_draws(void)
{
	struct asked a[3];
	int first[3] = {0};
	for (uint64_t seed = 0; seed < 60; seed++) {
		begin_seeded((const char *const[]){"domain_hold=0", NULL}, seed);
		comes_to(0, true, 0);
		lines_use(LINE, 0, true, 5000 * EVENTS_NS);
		for (uint32_t i = 0; i < 3; i++)
			ask(&a[i], i == 2 ? 4 : 2 + i, true, 1000 + i);
		run_until(9000);
		for (int i = 0; i < 3; i++)
			first[i] += a[i].came < a[(i + 1) % 3].came && a[i].came < a[(i + 2) % 3].came;
	}
	CHECK(first[0] >= 6 && first[1] >= 6 && first[2] >= 6);
}

static void test_far_hold(void)
{
	BEGIN("far_hold=30");
	comes_to(0, true, 0);
	CHECK_IS(comes_to(4, true, 1000), 1230);
	CHECK_IS(comes_to(6, true, 1231), 1275); /* 1230 + 30 + 5, then 10 to the core */
	CHECK_IS(comes_to(4, true, 1276), 1306); /* as in one domain */
}

/* What orders the requests does it, at 1020: 20 to take the copy away, 9, and 10 to the core. */
static void test_far_add(void)
{
	struct asked add, other;
	BEGIN("far_add=9");
	comes_to(0, true, 0);
	uint64_t version = lines_version(LINE);
	ask(&add, 2, true, 1000);
	ask(&other, 4, true, 1000);
	add.request.far = other.request.far = true;
	run_until(1119);
	CHECK_IS(add.came, 1059);
	CHECK_IS(lines_version(LINE), version + 1);
	CHECK(!has(0, false, 1119) && !has(2, false, 1119)); /* no core has it */
	run_until(2000);
	CHECK_IS(other.came, 1230); /* nobody else wants it: it comes to the core */
	CHECK(has(4, true, 1230));
}

/* In how many of 40 draws the far one of two that wait is the first. The line came from afar. */
static int far_first(const char *hold)
{
	struct asked near, far;
	int n = 0;
	for (uint64_t seed = 0; seed < 40; seed++) {
		begin_seeded((const char *const[]){hold, NULL}, seed);
		comes_to(0, true, 0);
		CHECK_IS(comes_to(4, true, 1000), 1230);
		lines_use(LINE, 4, true, 1600 * EVENTS_NS);
		ask(&near, 6, true, 1300);
		ask(&far, 0, true, 1301);
		run_until(9000);
		n += far.came < near.came;
	}
	return n;
}

static void test_near_ones_go_first(void)
{
	CHECK_IS(far_first("domain_hold=400"), 0); /* until 1630 */
	int n = far_first("domain_hold=300");
	CHECK(n >= 5 && n <= 35);
}

static void write_without_line(void)
{
	lines_use(LINE, 4, true, 1000);
}

static void add_in_the_past(void)
{
	events_add(0, EVENTS_LINE, LINE);
}

/* The engine notices by itself that it went wrong. */
static void test_faults(void)
{
	struct asked a;
	BEGIN();
	comes_to(0, true, 0);
	CHECK(!sim_try(write_without_line));
	CHECK(!sim_try(add_in_the_past));
	ask(&a, 4, true, 1000);
	CHECK(lines_fault(LINE) != NULL); /* it waits */
}

int main(int argc, char **argv)
{
	machine_file = argc > 1 ? argv[1] : "";
	test_one_core();
	test_two_cores();
	test_two_packages();
	test_three_cores();
	test_home();
	test_far_request_under_load();
	test_draws();
	test_far_add();
	test_far_hold();
	test_near_ones_go_first();
	test_faults();
	return check_failures == 0 ? 0 : 1;
}
