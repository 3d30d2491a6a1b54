/* SPDX-License-Identifier: BSD-3-Clause */
/* When a line of a log is due, and what it says, with a made-up clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "progress.h"

#define S UINT64_C(1000000000)
#define START (1000 * S)

static struct progress begun(void)
{
	return (struct progress){.total = 2400, .due_ns = START + PROGRESS_FIRST_NS};
}

static void lines_are_due_after_5_s_and_every_30(void **state)
{
	(void)state;
	struct progress p = begun();
	assert_false(progress_due(&p, START));
	assert_false(progress_due(&p, START + 5 * S - 1));
	assert_true(progress_due(&p, START + 5 * S));
	assert_false(progress_due(&p, START + 5 * S));
	assert_false(progress_due(&p, START + 35 * S - 1));
	assert_true(progress_due(&p, START + 40 * S));
	assert_false(progress_due(&p, START + 70 * S - 1));
	assert_true(progress_due(&p, START + 70 * S));
}

/* A block that takes long delays lines, and none is added to make up for them. */
static void no_line_is_made_up_for(void **state)
{
	(void)state;
	struct progress p = begun();
	assert_true(progress_due(&p, START + 600 * S));
	assert_false(progress_due(&p, START + 601 * S));
}

static void assert_line(const struct progress *p, double left_s, const char *text)
{
	char line[PROGRESS_BYTES];
	progress_line(line, p, left_s);
	assert_string_equal(line, text);
}

static void lines_say_what_is_left(void **state)
{
	(void)state;
	struct progress p = begun();
	assert_line(&p, 864, "extram-bench: 0 of 2400 blocks, about 14 min left\n");
	for (int i = 0; i < 120; i++)
		progress_step(&p);
	assert_line(&p, 99.4, "extram-bench: 120 of 2400 blocks, about 99 s left\n");
	p.total = 0;
	assert_line(&p, 3, "extram-bench: 120 blocks, about 3 s left\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_due_after_5_s_and_every_30),
	    cmocka_unit_test(no_line_is_made_up_for),
	    cmocka_unit_test(lines_say_what_is_left),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
