/* SPDX-License-Identifier: BSD-3-Clause */
/* Players: each plays once and leaves the list, their records are added up, and players that never
 * come back are reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "players.h"

#define THREADS 3

static struct topology *topology;
static const _Atomic bool never;
static const _Atomic bool always = true;
static _Atomic uint32_t left;
static struct histogram histograms[2];
static const struct arrivals_score total = {&histograms[0], &histograms[1]};

static void leave(struct extram_list *list)
{
	(void)list;
	/* relaxed: a counter that is read when the threads have been joined. */
	atomic_fetch_add_explicit(&left, 1, memory_order_relaxed);
}

static const struct extram_strategy strategy = {.name = "none", .thread_exit = leave};
static struct needm_runtime runtime = {.strategy = &strategy};

static void do_some(struct player *p)
{
	crew_add_pairs(&p->self, p->self.index + 1);
}

/* The index + 1 pairs of each thread, recorded as its index. */
static void come_back(struct player *p)
{
	do_some(p);
	histogram_record(p->score.service, p->self.index);
	histogram_record(p->score.response, 10 + p->self.index);
}

static void stay(struct player *p)
{
	do_some(p);
	for (;;)
		pause();
}

/* Until a time far away; only the abort ends it. */
static void wait_for_long(struct player *p)
{
	players_sleep(p, clock_now() + clock_ticks(100e9));
	players_spin(p, clock_now() + clock_ticks(100e9));
}

static struct players_plan plan_of(void (*play)(struct player *p))
{
	return (struct players_plan){.play = play,
				     .rt = &runtime,
				     .topology = topology,
				     .placement = TOPOLOGY_NONE,
				     .threads = THREADS,
				     .block_ms = 1,
				     .abort = &never};
}

static void all_is_added_up(void **state)
{
	struct crew_total r;
	struct players_plan plan = plan_of(come_back);
	(void)state;
	assert_int_equal(players_run(&plan, &r, &total), BLOCK_DONE);
	assert_int_equal(r.pairs, 1 + 2 + 3);
	/* relaxed: the threads have been joined. */
	assert_int_equal(atomic_load_explicit(&left, memory_order_relaxed), THREADS);
	assert_int_equal(total.service->total, THREADS);
	assert_int_equal(total.service->max, THREADS - 1);
	assert_int_equal(total.response->max, 10 + THREADS - 1);
	assert_int_equal(r.bound, 0);
}

static void an_abort_ends_waits(void **state)
{
	struct crew_total r;
	struct players_plan plan = plan_of(wait_for_long);
	(void)state;
	plan.abort = &always;
	assert_int_equal(players_run(&plan, &r, &total), BLOCK_DONE);
}

/* The report goes to standard error, which is put into a file meanwhile. */
static void those_that_hang_are_told_of(void **state)
{
	char text[4096] = "";
	struct crew_total r;
	struct players_plan plan = plan_of(stay);
	(void)state;
	plan.patience_ms = 1000;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	enum block_status status = players_run(&plan, &r, &total);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_int_equal(status, BLOCK_HUNG);
	assert_true(n > 0);
	assert_non_null(strstr(text, "a block hangs"));
	assert_non_null(strstr(text, "thread 2 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_is_added_up), cmocka_unit_test(an_abort_ends_waits),
	    cmocka_unit_test(those_that_hang_are_told_of), /* last: its threads stay */
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	spin_init();
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("players", tests, NULL, NULL);
	fflush(stdout);
	_exit(failed);
}
