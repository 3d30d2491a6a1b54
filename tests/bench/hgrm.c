/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of a distribution's file reproduce every bucket of the histogram. Here a tick is a
 * nanosecond. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "hgrm.h"
#include "spin.h"

static struct histogram histogram;
static struct histogram again;
static const struct hgrm_notes notes = {"latency/list/any/threads:2", "run", "measured", "0123", 3};

struct folder {
	char path[32];
	char file[128];
};

static void begin(struct folder *folder)
{
	memset(&histogram, 0, sizeof(histogram));
	memset(&again, 0, sizeof(again));
	strcpy(folder->path, "/tmp/extram-hgrm-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/latency_list_any_threads-2.hgrm", folder->path);
	clock_facts = (struct clock_facts){1, 10, 20};
}

static void end(const struct folder *folder)
{
	unlink(folder->file);
	assert_int_equal(rmdir(folder->path), 0); /* nothing else was left there */
}

/* Reads the rows into again; returns how many. */
static uint32_t read_back(const struct folder *folder)
{
	char line[256];
	uint32_t rows = 0;
	double value;
	double share;
	uint64_t count;
	FILE *f = fopen(folder->file, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || sscanf(line, "%lf %lf %" SCNu64, &value, &share, &count) != 3)
			continue;
		assert_true(line[0] == ' ' && count > again.total);
		assert_true(share > (double)count / (double)histogram.total - 1e-11 && share <= 1);
		again.count[histogram_bucket((uint64_t)value)] += count - again.total;
		again.total = count;
		again.max = (uint64_t)value;
		rows++;
	}
	fclose(f);
	return rows;
}

static void write_and_compare(const struct folder *folder)
{
	assert_true(hgrm_prepare(folder->path));
	assert_true(hgrm_write(folder->path, &notes, &histogram));
	assert_true(read_back(folder) > 0);
	assert_memory_equal(&again, &histogram, sizeof(histogram));
}

static void every_bucket_comes_back(void **state)
{
	struct folder folder;
	uint64_t random = 1;
	(void)state;
	begin(&folder);
	for (int i = 0; i < 200000; i++)
		histogram_record(&histogram, spin_next(&random) >> (64 - HISTOGRAM_TOP_BITS + spin_below(&random, HISTOGRAM_TOP_BITS)));
	write_and_compare(&folder);
	end(&folder);
}

static void a_single_sample(void **state)
{
	struct folder folder;
	(void)state;
	begin(&folder);
	histogram_record(&histogram, 0);
	write_and_compare(&folder);
	end(&folder);
}

/* 2^52, so that a double has it exactly. */
static void beyond_the_last_bucket(void **state)
{
	struct folder folder;
	(void)state;
	begin(&folder);
	histogram_record(&histogram, 7);
	histogram_record(&histogram, UINT64_C(1) << 52);
	write_and_compare(&folder);
	end(&folder);
}

static void an_older_run_leaves_nothing(void **state)
{
	struct folder folder;
	(void)state;
	begin(&folder);
	histogram_record(&histogram, 5);
	assert_true(hgrm_prepare(folder.path));
	assert_true(hgrm_write(folder.path, &notes, &histogram));
	assert_true(hgrm_prepare(folder.path));
	assert_int_not_equal(access(folder.file, F_OK), 0);
	end(&folder);
}

static void failures_are_told(void **state)
{
	struct folder folder;
	(void)state;
	begin(&folder);
	histogram_record(&histogram, 5);
	end(&folder);
	assert_false(hgrm_write(folder.path, &notes, &histogram));
	assert_false(hgrm_prepare("/dev/null/no/such"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_bucket_comes_back),     cmocka_unit_test(a_single_sample),   cmocka_unit_test(beyond_the_last_bucket),
	    cmocka_unit_test(an_older_run_leaves_nothing), cmocka_unit_test(failures_are_told),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hgrm", tests, NULL, NULL);
}
