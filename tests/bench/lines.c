/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of lines.h, thread by thread in one: what each writes, uses and waits for. Orders are
 * relaxed: there is one thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "lines.h"

#define THREADS 3
#define OTHER (UINT64_C(1000) * LINES) /* a turn that is not now; the next line is the same */

static struct lines *lines;
static struct histogram batches;
static struct loops_thread thread[THREADS];
static loops_run *const uses[] = {lines_load, lines_store, lines_exchange, lines_cas, lines_add};
#define USES (sizeof(uses) / sizeof(uses[0]))

static int begin(void **state)
{
	(void)state;
	memset(lines, 0, lines_bytes(THREADS));
	lines->threads = THREADS;
	batches = (struct histogram){.total = 0};
	for (uint32_t i = 0; i < THREADS; i++)
		thread[i] = (struct loops_thread){.context = lines, .index = i, .histogram = i == 1 ? &batches : NULL};
	return 0;
}

static uint64_t value(const struct line *line)
{
	return atomic_load_explicit(&line->word, memory_order_relaxed);
}

static void set(struct line *line, uint64_t to)
{
	atomic_store_explicit(&line->word, to, memory_order_relaxed);
}

/* Each line once, and the first again at the end. */
static void the_order_has_every_line(void **state)
{
	uint64_t seen = 0, i = 0;
	(void)state;
	for (int n = 0; n < LINES; n++) {
		seen |= UINT64_C(1) << i;
		i = lines_value(2, i) % LINES;
	}
	assert_true(seen == UINT64_MAX && i == 0);
}

/* The user uses what was written in this round, all of it, and once. */
static void rounds(loops_run *use)
{
	uint64_t used = use == lines_load ? 0 : LINES_USED;
	for (uint64_t turn = 0; turn < 4; turn += 2) {
		use(&thread[0], LINES);
		assert_int_equal(value(&lines->turn), turn + 1);
		for (uint64_t i = 0; i < LINES; i++)
			assert_int_equal(value(&lines->of[i]), lines_value(turn, i));
		use(&thread[1], LINES);
		assert_int_equal(value(&lines->turn), turn + 2);
		for (uint64_t i = 0; i < LINES; i++)
			assert_int_equal(value(&lines->of[i]), lines_value(turn, i) | used);
		assert_int_equal(value(&lines->at), 0);
		assert_int_equal(batches.total, turn / 2 + 1);
	}
}

static void a_round_of_each(void **state)
{
	for (size_t i = 0; i < USES; i++) {
		begin(state);
		rounds(uses[i]);
	}
}

/* Nobody goes on before the other has had its turn, and nobody begins what is less than a round. */
static void turns(loops_run *use)
{
	use(&thread[1], LINES);
	use(&thread[0], LINES - 1);
	assert_int_equal(value(&lines->turn) + batches.total + value(&lines->of[1]), 0);
	use(&thread[0], 2 * LINES);
	assert_int_equal(value(&lines->turn), 1);
	use(&thread[1], 2 * LINES);
	assert_int_equal(value(&lines->turn), 2);
	assert_int_equal(batches.total, 1);
}

static void each_waits_for_its_turn(void **state)
{
	for (size_t i = 0; i < USES; i++) {
		begin(state);
		turns(uses[i]);
	}
}

/* What each leaves of a line that holds another value than the writer wrote. */
static void the_operation_is_the_one(void **state)
{
	const uint64_t foreign = lines_value(0, 0) + OTHER, written = lines_value(0, 0);
	const uint64_t left[USES] = {foreign, written | LINES_USED, written | LINES_USED, foreign, foreign | LINES_USED};
	for (size_t i = 0; i < USES; i++) {
		begin(state);
		uses[i](&thread[0], LINES);
		set(&lines->of[0], foreign);
		uses[i](&thread[1], LINES);
		assert_int_equal(value(&lines->of[0]), left[i]);
	}
}

/* All but a store go where the value points, so none begins before it has its line. */
static void the_value_names_the_next_line(void **state)
{
	const uint64_t second = lines_value(0, 0) % LINES, third = lines_value(0, second) % LINES;
	for (size_t i = 0; i < USES; i++) {
		begin(state);
		uses[i](&thread[0], LINES);
		set(&lines->of[0], OTHER + third);
		uses[i](&thread[1], LINES);
		assert_int_equal((value(&lines->of[second]) & LINES_USED) != 0, uses[i] == lines_store);
		assert_int_equal(value(&lines->at) != 0, uses[i] != lines_store);
	}
}

static void all_have_read_before_the_next_round(void **state)
{
	(void)state;
	lines_written(&thread[0], 3);
	assert_int_equal(value(&lines->turn), 1);
	lines_written(&thread[1], 3);
	lines_written(&thread[0], 3);
	assert_int_equal(value(&lines->turn), 1);
	lines_written(&thread[2], 3);
	lines_written(&thread[0], 3);
	assert_int_equal(value(&lines->turn), 2);
	assert_int_equal(value(&lines->seen[0]), 0);
	assert_int_equal(value(&lines->seen[1]), 1);
	assert_int_equal(value(&lines->seen[2]), 1);
	lines_written(&thread[2], 1);
	assert_int_equal(value(&lines->seen[2]), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_order_has_every_line),      cmocka_unit_test(a_round_of_each),
	    cmocka_unit_test(each_waits_for_its_turn),       cmocka_unit_test(the_operation_is_the_one),
	    cmocka_unit_test(the_value_names_the_next_line), cmocka_unit_test_setup(all_have_read_before_the_next_round, begin),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	clock_init();
	lines = aligned_alloc(EXTRAM_APART, lines_bytes(THREADS));
	int failed = lines != NULL ? cmocka_run_group_tests_name("lines", tests, NULL, NULL) : 1;
	free(lines);
	return failed;
}
