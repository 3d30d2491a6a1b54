/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters: software events, which the kernel counts on every machine; and what is said where
 * nothing can be counted.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters.h"
#include "workload.h"

#define PAGES 300

/* A made-up kernel: what it says to an event. 0: it counts. */
typedef int answer(const struct perf_event_attr *attr);
static answer *made_up; /* NULL: ask the kernel of this machine */

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The linker gives us the program's calls. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number != SYS_perf_event_open || made_up == NULL)
		return __real_syscall(number, a, b, c, d, e, f);
	errno = made_up((const struct perf_event_attr *)a);
	return errno == 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
}

/* NULL: the kernel counts nothing for us. Then the reason is printed. */
static struct counters *open_or_say(const char *events)
{
	const char *why = "";
	bool unknown;
	struct counters *c = counters_new(events, &why, &unknown);
	if (c == NULL) {
		assert_true(strlen(why) > 0 && !unknown);
		print_message("# %s: %s\n", events == NULL ? "default" : events, why);
	}
	return c;
}

static void touch(uint32_t pages)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE) * pages;
	volatile char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	madvise((void *)p, bytes, MADV_NOHUGEPAGE);
	for (uint32_t i = 0; i < pages; i++)
		p[i * (size_t)sysconf(_SC_PAGESIZE)] = 1;
	munmap((void *)p, bytes);
}

struct toucher {
	const struct counters *counters;
	struct counters_thread group;
	bool opened;
};

/* What is before the start and after the stop does not count. */
static void *count_pages(void *context)
{
	struct toucher *t = context;
	t->opened = counters_open(t->counters, &t->group);
	touch(PAGES);
	counters_start(&t->group);
	touch(PAGES);
	counters_stop(&t->group);
	touch(PAGES);
	return NULL;
}

static void only_between_start_and_stop(void **state)
{
	(void)state;
	struct counters *c = open_or_say("perf::TASK-CLOCK,perf::PAGE-FAULTS");
	if (c == NULL)
		return;
	struct toucher all[3];
	struct counters_total total = {.running_ns = 0};
	pthread_t thread[3];
	assert_int_equal(counters_find(c, COUNTERS_OTHER, 1), 1);
	assert_int_equal(counters_find(c, COUNTERS_OTHER, 2), COUNTERS_MOST);
	assert_int_equal(counters_find(c, COUNTERS_CYCLES, 0), COUNTERS_MOST);
	assert_string_equal(counters_names(c),
			    counters_with_kernel(c) ? "perf::TASK-CLOCK,perf::PAGE-FAULTS" : "perf::TASK-CLOCK:u,perf::PAGE-FAULTS:u");
	for (int i = 0; i < 3; i++) {
		all[i] = (struct toucher){.counters = c};
		assert_int_equal(pthread_create(&thread[i], NULL, count_pages, &all[i]), 0);
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		assert_true(all[i].opened);
		counters_take(&all[i].group, &total);
		assert_int_equal(all[i].group.count, 0);
	}
	assert_true(counters_sum(&total, 0) > 0);
	if (counters_with_kernel(c))
		assert_in_range((uint64_t)counters_sum(&total, 1), 3 * PAGES, 4 * PAGES);
	counters_free(c);
}

static void sums_are_scaled(void **state)
{
	(void)state;
	struct counters *c = open_or_say("perf::TASK-CLOCK");
	if (c == NULL)
		return;
	struct counters_total total = {.value = {30, 6}, .enabled_ns = 100, .running_ns = 50}, never = {.enabled_ns = 100};
	assert_true(counters_sum(&total, 0) == 60 && counters_sum(&total, 1) == 12);
	assert_true(isnan(counters_sum(&never, 0)) && isnan(counters_sum(&total, COUNTERS_MOST)));
	assert_true(counters_share(&total) == 0.5);
	counters_free(c);
}

/* 10 pairs; the events counted for half of the time. */
static void a_row_has_events_per_pair(void **state)
{
	(void)state;
	struct counters *c = open_or_say("perf::TASK-CLOCK,perf::PAGE-FAULTS");
	if (c == NULL)
		return;
	struct crew_total total = {.pairs = 10, .counters = {.value = {30, 5}, .enabled_ns = 100, .running_ns = 50}};
	struct csv_row row;
	csv_clear(&row);
	workload_fill_total(&row, &total);
	assert_string_equal(row.events, "");
	counters_in_use = c;
	workload_fill_total(&row, &total);
	counters_in_use = NULL;
	assert_true(row.event1_per_pair == 6 && row.event2_per_pair == 1 && row.counted_share == 0.5);
	assert_true(isnan(row.event3_per_pair) && isnan(row.cycles_per_pair) && isnan(row.modified_elsewhere_per_pair));
	assert_string_equal(row.events, counters_names(c));
	counters_free(c);
}

static void what_cannot_be_counted_has_a_reason(void **state)
{
	static const char *const wrong[] = {
	    "no_such_event",
	    "",
	    "perf::TASK-CLOCK,no_such_event",
	    "perf::TASK-CLOCK,perf::PAGE-FAULTS,perf::MINOR-FAULTS,perf::MAJOR-FAULTS,perf::CPU-MIGRATIONS",
	    "cycles,cycles",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *why = "";
		bool unknown = false;
		assert_null(counters_new(wrong[i], &why, &unknown));
		assert_true(strlen(why) > 0);
		assert_true(unknown || strstr(why, "libpfm4-dev") != NULL);
	}
}

/* Where there is a PMU, a thread executes instructions in cycles. */
static void the_default_counts_or_says_why(void **state)
{
	(void)state;
	struct counters *c = open_or_say(NULL);
	if (c == NULL)
		return;
	struct counters_thread t;
	struct counters_total total = {.running_ns = 0};
	assert_true(counters_open(c, &t));
	counters_start(&t);
	touch(PAGES);
	counters_stop(&t);
	counters_take(&t, &total);
	for (enum counters_role role = COUNTERS_CYCLES; role <= COUNTERS_INSTRUCTIONS; role++)
		assert_false(counters_sum(&total, counters_find(c, role, 0)) == 0); /* NAN: not shown */
	counters_free(c);
}

static int shows_none(const struct perf_event_attr *attr)
{
	(void)attr;
	return ENOENT;
}

static bool is(const struct perf_event_attr *attr, uint64_t event)
{
	return attr->type == PERF_TYPE_HARDWARE && attr->config == event;
}

static int shows_no_misses(const struct perf_event_attr *attr)
{
	return is(attr, PERF_COUNT_HW_CACHE_MISSES) ? ENOENT : 0;
}

static int forbids_kernel(const struct perf_event_attr *attr)
{
	return attr->exclude_kernel ? 0 : EACCES;
}

static int forbids_all(const struct perf_event_attr *attr)
{
	(void)attr;
	return EACCES;
}

static int has_one_counter(const struct perf_event_attr *attr)
{
	return attr->disabled ? 0 : EINVAL; /* the leader alone is disabled */
}

static void each_refusal_has_its_answer(void **state)
{
	static const char some[] = "perf::CYCLES,perf::INSTRUCTIONS,perf::CACHE-MISSES";
	static const struct {
		answer *kernel;
		const char *events, *names, *why; /* names NULL: refused, since why */
	} all[] = {
	    {shows_none, some, NULL, "perf::CYCLES: this machine shows no such counter"},
	    {shows_none, NULL, NULL, "perf_event_open: this machine shows no such counter"},
	    {shows_no_misses, some, NULL, "perf::CACHE-MISSES: this machine shows no such counter"},
	    {shows_no_misses, NULL, "cycles,instructions", ""},
	    {has_one_counter, some, NULL, "perf::INSTRUCTIONS: Invalid argument"},
	    {has_one_counter, NULL, "cycles", ""},
	    {forbids_kernel, some, "perf::CYCLES:u,perf::INSTRUCTIONS:u,perf::CACHE-MISSES:u", ""},
	    {forbids_all, some, NULL, "perf::CYCLES: not allowed; see perf_event_paranoid"},
	    {forbids_all, NULL, NULL, "perf_event_open: not allowed; see perf_event_paranoid"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *why = "";
		bool unknown;
		made_up = all[i].kernel;
		struct counters *c = counters_new(all[i].events, &why, &unknown);
		made_up = NULL;
		if (strstr(why, "libpfm4-dev") != NULL)
			return;
		assert_false(unknown);
		assert_int_equal(c != NULL, all[i].names != NULL);
		if (c == NULL)
			assert_non_null(strstr(why, all[i].why));
		else
			assert_memory_equal(counters_names(c), all[i].names, strlen(all[i].names)); /* the CPU's own event may follow */
		counters_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_between_start_and_stop),    cmocka_unit_test(sums_are_scaled),
	    cmocka_unit_test(a_row_has_events_per_pair),      cmocka_unit_test(what_cannot_be_counted_has_a_reason),
	    cmocka_unit_test(the_default_counts_or_says_why), cmocka_unit_test(each_refusal_has_its_answer),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
