/* SPDX-License-Identifier: BSD-3-Clause */
/* What the measured loops do, in which order, and which part of it a sample covers. The strategy
 * records it. Clock, hold and think are made up, so no time decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "recording.h"
#include "rig.h"
#include "spin.h"

#define HOLD 10000 /* far more than get and put take */
#define THINK 1000000
#define PLANT_UNITS 40 /* rounds, in one pair; more than the loops save up */
#define LONG_RUN 10000

#define GET RECORDING_GET
#define PUT RECORDING_PUT
#define SPIN RECORDING_SPIN
#define PLANT RECORDING_PLANT
#define BEGIN RECORDING_BEGIN
#define END RECORDING_END

struct recording recording;

static struct topology *topology;
static struct histogram histogram;

void recording_add(enum recording_what what, uint64_t amount, uint64_t ticks)
{
	recording.now += ticks;
	if (recording.count < RECORDING_ROOM)
		recording.event[recording.count++] = (struct recording_event){what, amount};
}

/* The first timed pair is the first one of all if countdown is 1. */
static void run(int kind, uint64_t pairs, uint32_t countdown)
{
	enum rig_level level = (kind & LOOPS_CALLBACK) != 0 ? RIG_CALLBACK : RIG_LIST;
	struct rig *rig =
	    rig_new(&(const struct rig_plan){&extram_recording, level, 3, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(rig);
	struct loops_thread t = {.rt = &rig->rt,
				 .histogram = &histogram,
				 .random = 12345,
				 .hold = HOLD,
				 .think = THINK,
				 .countdown = countdown,
				 .plant = (uint64_t)PLANT_UNITS * LOOPS_PLANT_ROUND};
	histogram = (struct histogram){.total = 0};
	recording.count = 0;
	loops_recording.run[kind](&t, pairs);
	rig_free(rig);
}

static void expect(const struct recording_event *all, uint32_t count)
{
	assert_int_equal(recording.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(recording.event[i].what, all[i].what);
		assert_int_equal(recording.event[i].amount, all[i].amount);
	}
}

#define EXPECT(...)                                                                                                                        \
	expect((const struct recording_event[]){__VA_ARGS__},                                                                              \
	       sizeof((const struct recording_event[]){__VA_ARGS__}) / sizeof(struct recording_event))

static void a_pair(void **state)
{
	(void)state;
	for (int level = 0; level <= LOOPS_CALLBACK; level += LOOPS_CALLBACK) {
		run(level, 2, 1);
		EXPECT({GET, 0}, {PUT, 0}, {GET, 0}, {PUT, 0});
		run(level | LOOPS_SPIN, 2, 1);
		EXPECT({GET, 0}, {SPIN, HOLD}, {PUT, 0}, {SPIN, THINK}, {GET, 0}, {SPIN, HOLD}, {PUT, 0}, {SPIN, THINK});
	}
}

static void a_timed_pair(void **state)
{
	(void)state;
	for (int level = 0; level <= LOOPS_CALLBACK; level += LOOPS_CALLBACK) {
		run(level | LOOPS_TIMED, 2, 2); /* the second one is timed */
		EXPECT({GET, 0}, {PUT, 0}, {BEGIN, 0}, {GET, 0}, {PUT, 0}, {END, 0});
		run(level | LOOPS_SPIN | LOOPS_TIMED, 1, 1);
		EXPECT({BEGIN, 0}, {GET, 0}, {END, 0}, {SPIN, HOLD}, {BEGIN, 0}, {PUT, 0}, {END, 0}, {SPIN, THINK});
	}
}

static void planted_work_is_done_with_the_m(void **state)
{
	(void)state;
	for (int level = 0; level <= LOOPS_CALLBACK; level += LOOPS_CALLBACK) {
		run(level | LOOPS_PLANT, 1, 1);
		EXPECT({GET, 0}, {PLANT, PLANT_UNITS}, {PUT, 0});
		run(level | LOOPS_SPIN | LOOPS_PLANT, 1, 1);
		EXPECT({GET, 0}, {PLANT, PLANT_UNITS}, {SPIN, HOLD}, {PUT, 0}, {SPIN, THINK});
	}
}

/* Ms that go round come back in the order in which they were taken; the last round is short. */
static void several_ms_go_round(void **state)
{
	struct rig *rig =
	    rig_new(&(const struct rig_plan){&extram_recording, RIG_LIST, 3, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	struct loops_round *round = calloc(1, sizeof(*round) + 2 * sizeof(struct m *));
	bool last;
	(void)state;
	assert_non_null(rig);
	assert_non_null(round);
	struct m *top = extram_recording.get(rig->rt.list, false, &last);
	extram_recording.put(rig->rt.list, top);
	round->at_once = 2;
	recording.count = 0;
	loops_recording.run[LOOPS_ROUND](&(struct loops_thread){.rt = &rig->rt, .context = round}, 3);
	EXPECT({GET, 0}, {GET, 0}, {PUT, 0}, {PUT, 0}, {GET, 0}, {PUT, 0});
	assert_ptr_equal(round->taken[0], round->taken[1]); /* the last one put was the last one taken */
	assert_ptr_not_equal(round->taken[0], top);
	free(round);
	rig_free(rig);
}

/* Every sample is get and put alone. */
static void a_sample_has_no_hold_and_no_think(void **state)
{
	(void)state;
	for (int kind = LOOPS_TIMED; kind < LOOPS_PLANT; kind++) {
		run(kind, LONG_RUN / 2, 1);
		assert_true(histogram.total > 100);
		assert_int_equal(histogram.count[RECORDING_GET_TAKES + RECORDING_PUT_TAKES], histogram.total);
	}
}

/* The pairs from one timed pair to the next, counted in gap. Pairs without hold. */
static void count_gaps(uint32_t gap[2 * LOOPS_TIMED_ONE_IN])
{
	uint32_t pairs = 0;
	for (uint32_t i = 0; i < recording.count; i++) {
		pairs += recording.event[i].what == GET;
		if (recording.event[i].what != END)
			continue;
		assert_true(pairs > 0 && pairs < 2 * LOOPS_TIMED_ONE_IN);
		gap[pairs]++;
		pairs = 0;
	}
}

/* The gaps are uniform from 1 to twice the mean less 1: each of the 15 is found, and none far more
 * often than another. The random numbers are the same in each run. */
static void the_gaps_are_random(void **state)
{
	uint32_t gap[2 * LOOPS_TIMED_ONE_IN] = {0};
	(void)state;
	run(LOOPS_TIMED, LONG_RUN, 1);
	count_gaps(gap);
	uint64_t fair = histogram.total / (2 * LOOPS_TIMED_ONE_IN - 1);
	for (int i = 1; i < 2 * LOOPS_TIMED_ONE_IN; i++)
		assert_in_range(gap[i], fair * 2 / 3, fair * 3 / 2);
	assert_in_range(histogram.total, LONG_RUN / LOOPS_TIMED_ONE_IN * 9 / 10, LONG_RUN / LOOPS_TIMED_ONE_IN * 11 / 10);
}

/* Less than 8 rounds are saved up, and nothing is lost. */
static void little_planted_work_is_saved_up(void **state)
{
	struct loops_thread t = {.plant = (uint64_t)LOOPS_PLANT_ROUND * 23 / 10}; /* 2.3 rounds a pair */
	uint64_t rounds = 0;
	(void)state;
	struct rig *rig =
	    rig_new(&(const struct rig_plan){&extram_recording, RIG_LIST, 3, topology, TOPOLOGY_NONE, false, 0, NEEDM_LAYOUT_1_19});
	assert_non_null(rig);
	t.rt = &rig->rt;
	recording.count = 0;
	loops_recording.run[LOOPS_PLANT](&t, 1300);
	for (uint32_t i = 0; i < recording.count; i++) {
		if (recording.event[i].what != PLANT)
			continue;
		assert_int_equal(recording.event[i].amount / 8, 1);
		rounds += recording.event[i].amount;
	}
	assert_in_range(rounds, 1300 * 23 / 10 - 8, 1300 * 23 / 10);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pair),
	    cmocka_unit_test(a_timed_pair),
	    cmocka_unit_test(planted_work_is_done_with_the_m),
	    cmocka_unit_test(several_ms_go_round),
	    cmocka_unit_test(a_sample_has_no_hold_and_no_think),
	    cmocka_unit_test(the_gaps_are_random),
	    cmocka_unit_test(little_planted_work_is_saved_up),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	topology = topology_open(TOPOLOGY_PERFORMANCE);
	if (topology == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("loops", tests, NULL, NULL);
	topology_close(topology);
	return failed;
}
