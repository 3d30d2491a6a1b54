/* SPDX-License-Identifier: BSD-3-Clause */
/* How a run spends its time, on a made-up clock. */
#include "budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CELLS 40

struct fixture {
	struct cell all[CELLS];
	struct cells cells;
	struct budget budget;
};

static struct fixture make(uint32_t block_ms, const struct budget_wish *wish)
{
	struct fixture f = {.cells = {.count = CELLS}};
	for (uint32_t i = 0; i < CELLS; i++)
		f.all[i] = (struct cell){.threads = 2, .block_ms = block_ms, .repetitions = 3, .in_round = 1};
	f.cells.all = f.all;
	assert_true(budget_plan(&f.budget, &f.cells, wish));
	return f;
}

/* A cell's part of a round, in which a block takes so long. False: it was not due. */
static bool play_cell(struct fixture *f, uint32_t i, double block_s, double *elapsed)
{
	bool ran = false;
	for (uint32_t k = 0; k < f->all[i].in_round && budget_due(&f->budget, &f->cells, i, *elapsed); k++) {
		budget_spend(&f->budget, i, block_s);
		*elapsed += block_s;
		ran = true;
	}
	return ran;
}

/* Runs rounds until nothing is due. A block of cell 0 takes `slow` times its length, others exactly
 * theirs. */
static double play(struct fixture *f, double slow)
{
	double elapsed = 0;
	f->cells.all = f->all;
	for (bool ran = true; ran;) {
		ran = false;
		for (uint32_t i = 0; i < CELLS; i++)
			ran = play_cell(f, i, f->all[i].block_ms / 1000.0 * (i == 0 ? slow : 1), &elapsed) || ran;
	}
	return elapsed;
}

static void test_without_a_time_repetitions_decide(void **state)
{
	(void)state;
	struct fixture f = make(60, &(struct budget_wish){.seconds = 0});
	play(&f, 1);
	for (uint32_t i = 0; i < CELLS; i++) {
		assert_int_equal(f.budget.cells[i].blocks, 3);
		assert_int_equal(f.all[i].block_ms, 60);
	}
	budget_free(&f.budget);
}

static void test_a_time_is_kept_and_shared(void **state)
{
	(void)state;
	for (double seconds = 1; seconds < 5000; seconds *= 3) {
		struct fixture f = make(60, &(struct budget_wish){.seconds = seconds, .open_ended = true});
		assert_true(play(&f, 1) <= seconds);
		for (uint32_t i = 1; i < CELLS; i++)
			assert_in_range(f.budget.cells[i].blocks + 1 - f.budget.cells[0].blocks, 0, 2);
		budget_free(&f.budget);
	}
}

static void test_a_slow_cell_does_not_starve_the_others(void **state)
{
	(void)state;
	struct fixture f = make(60, &(struct budget_wish){.seconds = 60, .open_ended = true});
	assert_true(play(&f, 50) <= 60);
	assert_true(f.budget.cells[0].blocks >= 1);
	assert_true(f.budget.cells[0].spent_s <= 60.0 / 10);
	for (uint32_t i = 1; i < CELLS; i++)
		assert_true(f.budget.cells[i].blocks >= 10);
	budget_free(&f.budget);
}

/* Half of the cells want two blocks a round, and those of cell 0 take longer than planned. */
static void test_a_cell_may_have_several_blocks_in_a_round(void **state)
{
	(void)state;
	struct fixture f = {.cells = {.count = CELLS}};
	for (uint32_t i = 0; i < CELLS; i++)
		f.all[i] = (struct cell){.threads = 2, .block_ms = 200, .in_round = i < CELLS / 2 ? 2 : 1};
	f.cells.all = f.all;
	assert_true(budget_plan(&f.budget, &f.cells, &(struct budget_wish){.seconds = 240}));
	double planned = budget_blocks(&f.budget, &f.cells);
	assert_true(play(&f, 1.4) <= 240);
	uint32_t each = f.budget.cells[CELLS - 1].blocks;
	assert_in_range(each, 17, 20);
	assert_in_range(f.budget.cells[0].blocks, 2 * each - 2, 2 * each + 2);
	assert_true(planned >= (each - 1) * CELLS * 1.5 && planned <= (each + 1) * CELLS * 1.5);
	budget_free(&f.budget);
}

static void test_a_run_of_several_in_a_round_ends_when_it_has_enough(void **state)
{
	(void)state;
	struct fixture f = make(20, &(struct budget_wish){.seconds = 0});
	budget_free(&f.budget);
	f.all[0].in_round = 3;
	f.cells.all = f.all;
	assert_true(budget_plan(&f.budget, &f.cells, &(struct budget_wish){.seconds = 240}));
	assert_true(play(&f, 1) < 60);
	assert_int_equal(f.budget.cells[0].blocks, 3 * f.budget.cells[1].blocks);
	budget_free(&f.budget);
}

static void test_short_of_time_blocks_are_shorter(void **state)
{
	(void)state;
	struct fixture f = make(200, &(struct budget_wish){.seconds = 30, .open_ended = true});
	assert_in_range(f.all[0].block_ms, 50, 60);
	budget_free(&f.budget);
	f = make(200, &(struct budget_wish){.seconds = 30, .open_ended = true, .fixed_block = true});
	assert_int_equal(f.all[0].block_ms, 200);
	budget_free(&f.budget);
	f = make(200, &(struct budget_wish){.seconds = 3600, .open_ended = true});
	assert_in_range(f.all[0].block_ms, 700, 800);
	budget_free(&f.budget);
}

static void test_a_run_ends_when_it_has_enough(void **state)
{
	(void)state;
	struct fixture f = make(20, &(struct budget_wish){.seconds = 240});
	assert_true(play(&f, 1) < 60);
	assert_in_range(f.budget.cells[5].blocks, 20, 30);
	budget_free(&f.budget);
	f = make(20, &(struct budget_wish){.seconds = 240, .fixed_repetitions = true});
	play(&f, 1);
	assert_int_equal(f.budget.cells[5].blocks, 3);
	budget_free(&f.budget);
}

static void test_a_cell_may_want_few_blocks(void **state)
{
	struct fixture f = make(60, &(struct budget_wish){.seconds = 0});
	(void)state;
	budget_free(&f.budget);
	for (int open_ended = 0; open_ended < 2; open_ended++) {
		f.all[0].at_most = 2;
		f.cells.all = f.all;
		assert_true(budget_plan(&f.budget, &f.cells, &(struct budget_wish){.seconds = 100, .open_ended = open_ended}));
		play(&f, 1);
		assert_int_equal(f.budget.cells[0].blocks, 2);
		assert_in_range(f.budget.cells[1].blocks, 10, 100);
		budget_free(&f.budget);
	}
}

static void test_a_trace_keeps_its_length(void **state)
{
	(void)state;
	static char trace;
	struct fixture f = {.cells = {.count = 1}};
	f.all[0] = (struct cell){.threads = 2, .block_ms = 5000, .repetitions = 1, .in_round = 1, .trace = (const struct trace *)&trace};
	f.cells.all = f.all;
	assert_true(budget_plan(&f.budget, &f.cells, &(struct budget_wish){.seconds = 10, .open_ended = true}));
	assert_int_equal(f.all[0].block_ms, 5000);
	budget_free(&f.budget);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_a_time_repetitions_decide),
	    cmocka_unit_test(test_a_time_is_kept_and_shared),
	    cmocka_unit_test(test_a_cell_may_have_several_blocks_in_a_round),
	    cmocka_unit_test(test_a_run_of_several_in_a_round_ends_when_it_has_enough),
	    cmocka_unit_test(test_a_slow_cell_does_not_starve_the_others),
	    cmocka_unit_test(test_short_of_time_blocks_are_shorter),
	    cmocka_unit_test(test_a_run_ends_when_it_has_enough),
	    cmocka_unit_test(test_a_cell_may_want_few_blocks),
	    cmocka_unit_test(test_a_trace_keeps_its_length),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
