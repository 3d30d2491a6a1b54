/* SPDX-License-Identifier: BSD-3-Clause */
/* Which blocks count as disturbed, with made-up figures of the kernel, so that no clock decides.
 * Also Jain's index of made-up counts. */
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "block.h"
#include "environment.h"
#include "usage.h"

#define MS 1000000U
#define UNKNOWN UINT64_MAX

static char root[] = "/tmp/extram-environment-XXXXXX";
static char stat_file[64];

static int make_root(void **state)
{
	char proc[64];
	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(proc, sizeof(proc), "%s/proc", root);
	assert_int_equal(mkdir(proc, 0700), 0);
	snprintf(stat_file, sizeof(stat_file), "%s/proc/stat", root);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	unlink(stat_file);
	strrchr(stat_file, '/')[0] = '\0';
	rmdir(stat_file);
	return rmdir(root);
}

/* Of CPUs 0 and 2; NULL: no such file. */
static struct environment read_text(const char *text)
{
	cpu_set_t set;
	struct environment now;
	unlink(stat_file);
	if (text != NULL) {
		FILE *f = fopen(stat_file, "we");
		assert_non_null(f);
		fputs(text, f);
		assert_int_equal(fclose(f), 0);
	}
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CPU_SET(2, &set);
	environment_read(&now, root, &(const struct environment_cpus){&set, sizeof(set)});
	return now;
}

static void usable_cpus_alone_count(void **state)
{
	(void)state;
	struct environment e = read_text("cpu  9 9 9 9 9 9 9 9 9 9\n"
					 "cpu0 1 2 3 40 5 6 7 8 1 2\n"
					 "cpu1 500 500 500 500 500 500 500 500 0 0\n"
					 "cpu2 10 0 0 100 0 0 0 0 0 0\n"
					 "intr 1\n");
	assert_true(e.known);
	assert_int_equal(e.cpus, 2);
	assert_int_equal(e.idle_ns, (40 + 5 + 100) * 10ULL * MS);
	assert_int_equal(e.all_ns, (1 + 2 + 3 + 40 + 5 + 6 + 7 + 8 + 110) * 10ULL * MS);
	assert_true(e.own_ns > 0);
}

static void what_is_hidden_is_unknown(void **state)
{
	(void)state;
	assert_false(read_text(NULL).known);
	assert_false(read_text("").known);
	assert_false(read_text("cpu 1 2 3 4\ncpu0 0 0 0 0 0 0 0 0\ncpu2 0 0 0 0 0 0 0 0\n").known);
	assert_false(read_text("cpu 1 2 3 4\ncpu1 1 2 3 4 5 6 7 8\n").known);
}

/* Two CPUs for a second: how many ms were idle, and how many were this process's. */
static double foreign(uint32_t wall_ms, uint32_t idle_ms, uint32_t own_ms, double *much)
{
	const struct environment before = {.known = true, .cpus = 2, .idle_ns = 7000ULL * MS, .all_ns = 90000ULL * MS, .own_ns = 3 * MS};
	struct environment after = before;
	after.wall_ns += (uint64_t)wall_ms * MS;
	after.all_ns += 2 * (uint64_t)wall_ms * MS;
	after.idle_ns += (uint64_t)idle_ms * MS;
	after.own_ns += (uint64_t)own_ms * MS;
	return environment_foreign(&before, &after, much);
}

static void foreign_share_is_what_is_neither_idle_nor_ours(void **state)
{
	double much;
	(void)state;
	assert_true(fabs(foreign(1000, 0, 2000, &much)) < 1e-9);
	assert_true(fabs(much - 0.11) < 1e-9); /* 10 %, and two ticks of 2 s */
	assert_true(fabs(foreign(1000, 500, 500, &much) - 0.5) < 1e-9);
	assert_true(fabs(foreign(1000, 0, 2100, &much)) < 1e-9); /* a tick too many is no time below 0 */
	assert_true(fabs(foreign(1000, 1980, 0, &much) - 0.01) < 1e-9);
	foreign(40, 0, 80, &much);
	assert_true(fabs(much - 0.35) < 1e-9); /* a short block cannot be judged as finely */
}

static void foreign_share_of_a_file_that_stands_still_is_unknown(void **state)
{
	double much;
	const struct environment before = {.known = true, .cpus = 2, .all_ns = 5};
	struct environment after = before;
	(void)state;
	after.wall_ns = 1000ULL * MS;
	assert_true(isnan(environment_foreign(&before, &after, &much)) && isnan(much));
	after.all_ns += 2000ULL * MS;
	after.cpus = 1; /* a CPU went off */
	assert_true(isnan(environment_foreign(&before, &after, &much)));
	after.known = false;
	assert_true(isnan(environment_foreign(&before, &after, &much)));
}

/* A quiet block of a second, of a workload whose threads sleep now and then. */
static struct environment_block quiet(uint32_t threads)
{
	return (struct environment_block){.threads = threads,
					  .cpus = 2,
					  .wall_ns = 1000ULL * MS,
					  .run_wait_ns = UNKNOWN,
					  .windows_clean = UNKNOWN,
					  .foreign_share = 0.02,
					  .foreign_much = 0.11};
}

static void others_disturb_whatever_the_number_of_threads(void **state)
{
	(void)state;
	for (uint32_t threads = 1; threads <= 1000; threads *= 10) {
		struct environment_block b = quiet(threads);
		assert_int_equal(environment_judge(&b), ENVIRONMENT_QUIET);
		b.foreign_share = 0.12;
		assert_int_equal(environment_judge(&b), ENVIRONMENT_DISTURBED);
		b.foreign_share = b.foreign_much = NAN;
		assert_int_equal(environment_judge(&b), ENVIRONMENT_UNKNOWN);
	}
}

static void waits_disturb_where_each_thread_has_a_cpu(void **state)
{
	struct environment_block b = quiet(2);
	(void)state;
	b.run_wait_ns = 100ULL * MS; /* 5 % of two threads' second */
	assert_int_equal(environment_judge(&b), ENVIRONMENT_QUIET);
	b.run_wait_ns++;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_DISTURBED);
	b.threads = 3; /* they wait for each other */
	assert_int_equal(environment_judge(&b), ENVIRONMENT_QUIET);
	b.foreign_share = NAN;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_UNKNOWN);
	b.threads = 2;
	b.run_wait_ns = 0;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_QUIET);
}

static void clean_windows_need_no_quiet_block(void **state)
{
	struct environment_block b = quiet(2);
	(void)state;
	b.windows = 20;
	b.windows_clean = 10;
	b.foreign_share = 0.9;
	b.run_wait_ns = 900ULL * MS;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_QUIET);
	b.shared = true;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_DISTURBED);
	b.shared = false;
	b.windows_clean = 9;
	assert_int_equal(environment_judge(&b), ENVIRONMENT_DISTURBED);
	b.windows_clean = UNKNOWN; /* no schedstat: every window counts, the neighbours' too */
	assert_int_equal(environment_judge(&b), ENVIRONMENT_DISTURBED);
}

static double jain_of(const uint64_t *pairs, uint32_t threads)
{
	double sum = 0;
	double squares = 0;
	for (uint32_t i = 0; i < threads; i++) {
		sum += (double)pairs[i];
		squares += (double)pairs[i] * (double)pairs[i];
	}
	return crew_jain(sum, squares, threads);
}

static void jain_of_counts(void **state)
{
	(void)state;
	assert_true(fabs(jain_of((const uint64_t[]){7, 7, 7, 7}, 4) - 1) < 1e-12);
	assert_true(fabs(jain_of((const uint64_t[]){7, 0, 0, 0}, 4) - 0.25) < 1e-12);
	assert_true(isnan(jain_of((const uint64_t[]){0, 0, 0, 0}, 4)));
}

/* Without schedstat in the kernel, nothing is subtracted. */
static void schedstat_that_cannot_be_opened_is_told(void **state)
{
	struct rlimit usual;
	(void)state;
	if (!usage_check_schedstat()) {
		skip();
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(const struct rlimit){.rlim_cur = 0, .rlim_max = usual.rlim_max}), 0);
	bool works = usage_check_schedstat();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_false(works);
	assert_int_equal(usage_open_schedstat(), -1); /* from then on it is not trusted */
	assert_true(usage_check_schedstat());
}

static void as_many_files_as_allowed(void **state)
{
	struct rlimit usual, now;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &(const struct rlimit){.rlim_cur = 0, .rlim_max = usual.rlim_max}), 0);
	usage_allow_files();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_true(now.rlim_cur == usual.rlim_max && now.rlim_max == usual.rlim_max);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usable_cpus_alone_count),
	    cmocka_unit_test(what_is_hidden_is_unknown),
	    cmocka_unit_test(foreign_share_is_what_is_neither_idle_nor_ours),
	    cmocka_unit_test(foreign_share_of_a_file_that_stands_still_is_unknown),
	    cmocka_unit_test(others_disturb_whatever_the_number_of_threads),
	    cmocka_unit_test(waits_disturb_where_each_thread_has_a_cpu),
	    cmocka_unit_test(clean_windows_need_no_quiet_block),
	    cmocka_unit_test(jain_of_counts),
	    cmocka_unit_test(schedstat_that_cannot_be_opened_is_told),
	    cmocka_unit_test(as_many_files_as_allowed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
