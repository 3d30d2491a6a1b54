/* SPDX-License-Identifier: BSD-3-Clause */
/* The times of planned callbacks, from what the players recorded, and the lengths of their holds.
 * All counts are made up. The source is included, since its sum is its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "spin.h"

static uint64_t held, holds, longest;

static void hold(uint64_t rounds)
{
	held += rounds;
	holds++;
	longest = rounds > longest ? rounds : longest;
}

/* In place of the real one, for the source below. */
#define spin_rounds(rounds) hold(rounds)
#include "../../bench/work/players.c"

#include <cmocka.h>

#include "crooked.h"

#define THREADS 3

static struct histogram service[THREADS], response[THREADS], totals[2];

static void times_are_those_of_all_players(void **state)
{
	const struct arrivals_score times = {&totals[0], &totals[1]};
	(void)state;
	struct crew *crew = crew_new(&(const struct crew_plan){.bytes = sizeof(struct player), .threads = THREADS});
	assert_non_null(crew);
	for (uint32_t i = 0; i < THREADS; i++) {
		struct player *p = crew_at(crew, i);
		p->score = (struct arrivals_score){&service[i], &response[i]};
		histogram_record(&service[i], 10 + i);
		histogram_record(&response[i], 50 + i);
	}
	add_times(crew, THREADS, &times);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(totals[0].count[10 + i], 1);
		assert_int_equal(totals[1].count[50 + i], 1);
	}
	assert_int_equal(totals[0].total, THREADS);
	assert_int_equal(totals[1].total, THREADS);
	crew_free(crew);
}

/* Uniform from zero to twice the mean; the same random numbers in each run. */
static void holds_have_their_mean(void **state)
{
	enum { MEAN = 1000, CALLS = 10000 };
	struct topology *topology = topology_open(TOPOLOGY_PERFORMANCE);
	assert_non_null(topology);
	struct rig *rig =
	    rig_new(&(const struct rig_plan){&extram_crooked, RIG_LIST, 2, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(rig);
	const struct players_plan plan = {.rt = &rig->rt, .level = RIG_LIST};
	struct player one = {.plan = &plan, .random = 12345, .hold = MEAN};
	(void)state;
	held = holds = longest = 0;
	for (int i = 0; i < CALLS; i++)
		players_callback_random(&one);
	assert_int_equal(holds, CALLS);
	assert_in_range(held / CALLS, MEAN * 95 / 100, MEAN * 105 / 100);
	assert_in_range(longest, MEAN * 19 / 10, MEAN * 2);
	assert_int_equal(crew_pairs(&one.self), CALLS);
	held = 0;
	players_callback(&one);
	assert_int_equal(held, MEAN);
	rig_free(rig);
	topology_close(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_those_of_all_players),
	    cmocka_unit_test(holds_have_their_mean),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("figures of players", tests, NULL, NULL);
}
