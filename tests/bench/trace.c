/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of traces: what it makes of a good trace, and that it refuses a bad one at the right
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace.h"

#define HEAD "# extram trace 1\nthread,start_ns,hold_ns\n"

static char path[] = "trace.XXXXXX.csv";
static char said[1024];

/* Standard error is kept. */
static struct trace *read_file(const char *name, uint32_t speed)
{
	FILE *errors = tmpfile();
	assert_non_null(errors);
	int saved = dup(STDERR_FILENO);
	dup2(fileno(errors), STDERR_FILENO);
	struct trace *trace = trace_read(name, speed);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(errors);
	said[fread(said, 1, sizeof(said) - 1, errors)] = '\0';
	fclose(errors);
	return trace;
}

static struct trace *read_text(const char *text, uint32_t speed)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return read_file(path, speed);
}

static void events_are_put_by_thread(void **state)
{
	(void)state;
	struct trace *t = read_text("# extram trace 1\n# by hand\nthread,start_ns,hold_ns\n1,0,5\n0,10,6\n1,20,7\n0,30,8\n", 1);
	assert_non_null(t);
	assert_string_equal(said, "");
	assert_int_equal(t->threads, 2);
	assert_int_equal(t->count, 4);
	assert_int_equal(t->length_ns, 38);
	const uint32_t first[] = {0, 2, 4};
	assert_memory_equal(t->first, first, sizeof(first));
	const uint64_t starts[] = {10, 30, 0, 20};
	for (int i = 0; i < 4; i++)
		assert_int_equal(t->events[i].start_ns, starts[i]);
	assert_int_equal(t->events[3].hold_ns, 7);
	assert_memory_equal(t->name, "trace", 6);
	trace_free(t);
}

static void a_thread_without_company(void **state)
{
	(void)state;
	struct trace *t = read_text(HEAD "0,0,0\n", 1);
	assert_non_null(t);
	assert_int_equal(t->first[1], 1);
	trace_free(t);
}

static void speed_divides_starts_and_shows_in_the_name(void **state)
{
	(void)state;
	struct trace *t = read_text(HEAD "0,0,50\n0,1000,50\n", 10);
	assert_non_null(t);
	assert_int_equal(t->events[1].start_ns, 100);
	assert_int_equal(t->events[1].hold_ns, 50);
	assert_int_equal(t->length_ns, 150);
	assert_string_equal(t->name, "trace x10");
	trace_free(t);
}

static void refused(const char *text, const char *where, const char *why)
{
	char begin[64];
	struct trace *t = read_text(text, 1);
	snprintf(begin, sizeof(begin), "%s:%s: ", path, where);
	if (t != NULL || strncmp(said, begin, strlen(begin)) != 0 || strstr(said, why) == NULL)
		print_error("for:\n%s\nsaid: %s\n", text, said);
	assert_null(t);
	assert_memory_equal(said, begin, strlen(begin));
	assert_non_null(strstr(said, why));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
}

static void what_is_no_trace_is_refused(void **state)
{
	(void)state;
	refused("", "1", "first line");
	refused("# extram trace 2\n", "1", "first line");
	refused("thread,start_ns,hold_ns\n0,0,0\n", "1", "first line");
	refused("# extram trace 1\n", "2", "is missing");
	refused("# extram trace 1\n# a\n0,0,0\n", "3", "comment");
	refused(HEAD, "3", "no event");
}

static void bad_events_are_refused(void **state)
{
	(void)state;
	refused(HEAD "0,0,0\nx,0,0\n", "4", "thread number");
	refused(HEAD "4096,0,0\n", "3", "thread number");
	refused(HEAD "-1,0,0\n", "3", "thread number");
	refused(HEAD " 0,0,0\n", "3", "thread number");
	refused(HEAD "0\n", "3", "thread number");
	refused(HEAD "\n", "3", "thread number");
	refused(HEAD "0,1e3,0\n", "3", "start_ns");
	refused(HEAD "0,1000000000001,0\n", "3", "start_ns");
	refused(HEAD "0,99999999999999999999,0\n", "3", "start_ns");
	refused(HEAD "0,0\n", "3", "start_ns");
	refused(HEAD "0,0,\n", "3", "hold_ns");
	refused(HEAD "0,0,1000000001\n", "3", "hold_ns");
	refused(HEAD "0,0,0,0\n", "3", "hold_ns");
	refused(HEAD "0,0,0\r\n", "3", "hold_ns");
	refused(HEAD "0,0,1", "3", "hold_ns"); /* cut in the middle of a number, perhaps */
}

static void threads_must_make_sense(void **state)
{
	(void)state;
	refused(HEAD "0,10,0\n1,0,0\n0,9,0\n", "5", "before");
	refused(HEAD "0,0,0\n2,0,0\n", "5", "gap");
}

static void a_file_that_is_not_there(void **state)
{
	(void)state;
	assert_null(read_file("nosuch/trace", 1));
	assert_string_equal(said, "nosuch/trace:1: No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_are_put_by_thread),
	    cmocka_unit_test(a_thread_without_company),
	    cmocka_unit_test(speed_divides_starts_and_shows_in_the_name),
	    cmocka_unit_test(what_is_no_trace_is_refused),
	    cmocka_unit_test(bad_events_are_refused),
	    cmocka_unit_test(threads_must_make_sense),
	    cmocka_unit_test(a_file_that_is_not_there),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int fd = mkstemps(path, 4);
	if (fd < 0)
		return 1;
	close(fd);
	int failed = cmocka_run_group_tests_name("trace", tests, NULL, NULL);
	unlink(path);
	return failed;
}
