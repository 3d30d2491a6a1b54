/* SPDX-License-Identifier: BSD-3-Clause */
/* cpu_numbers.h on made-up texts and on this machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cpu_numbers.h"

static void lists_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint32_t end;
	} lists[] = {{"0\n", 1},          {"0", 1}, {"0-1\n", 2},        {"0,2-3\n", 4},    {"0-3,8-11\n", 12}, {"8-11,0-3\n", 12},
		     {"1023-1024", 1025}, {"5", 6}, {"0,64,128\n", 129}, {"0-65535", 65536}};
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		assert_int_equal(cpu_numbers_parse(lists[i].text), lists[i].end);
}

static void anything_else_is_refused(void **state)
{
	static const char *const texts[] = {
	    "",     "\n",    "none", "-1",  "0-",      "0-\n",           "3-1",        "0,", "0,\n",  ",0",   "0 1", "0-3x",   "0\n1",
	    "0--1", "0-1-2", " 0",   "0x4", "0-65536", "99999999999999", "4294967296", "+1", "0\r\n", "0,,1", "0;1", "0-3,8-", "0-3,7-6"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(cpu_numbers_parse(texts[i]), 0);
}

/* What cpu_numbers_read returns for a file with that text. */
static uint32_t read_of(const char *text, size_t bytes)
{
	char path[] = "/tmp/cpu_numbers.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, bytes), (ssize_t)bytes);
	close(fd);
	uint32_t end = cpu_numbers_read(path);
	unlink(path);
	assert_int_equal(cpu_numbers_read(path), 0);
	return end;
}

static void files_are_read_whole_or_not(void **state)
{
	static char text[8192];
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "0,"[i % 2];
	text[sizeof(text) - 2] = '7';
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(read_of("0-3,8-11\n", 9), 12);
	assert_int_equal(read_of("", 0), 0);
	assert_int_equal(read_of(text + 4098, 4094), 8);
	/* Cut off anywhere, a number could lack its last digits. */
	assert_int_equal(read_of(text, sizeof(text)), 0);
}

static void every_cpu_that_may_be_used_is_below_the_end(void **state)
{
	size_t bytes;
	uint32_t highest = 0;
	(void)state;
	cpu_set_t *set = cpu_numbers_allowed(&bytes);
	assert_non_null(set);
	assert_true(CPU_COUNT_S(bytes, set) > 0);
	for (uint32_t cpu = 0; cpu < bytes * 8; cpu++)
		highest = CPU_ISSET_S(cpu, bytes, set) ? cpu : highest;
	assert_int_equal(cpu_numbers_allowed_end(), highest + 1);
	assert_true(cpu_numbers_end() > highest);
	CPU_FREE(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_understood),
	    cmocka_unit_test(anything_else_is_refused),
	    cmocka_unit_test(files_are_read_whole_or_not),
	    cmocka_unit_test(every_cpu_that_may_be_used_is_below_the_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
