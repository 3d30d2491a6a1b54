/* SPDX-License-Identifier: BSD-3-Clause */
/* A row that was written has the numbers that its file has. Otherwise the table of a run and the
 * table of its file could differ. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "csv.h"
#include "rows.h"

struct folder {
	char path[32];
	char file[64];
};

static void begin(struct folder *folder)
{
	strcpy(folder->path, "/tmp/extram-csv-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/run.csv", folder->path);
}

static void write_one(const struct folder *folder, struct csv_row *row)
{
	struct csv csv;
	char *placed;
	assert_true(csv_open(&csv, folder->file, false));
	assert_true(csv_write(&csv, row));
	assert_true(csv_close(&csv, true, &placed));
	free(placed);
}

static void as_the_file_says(void **state)
{
	const double values[] = {2054.99996, 2055.0050001, 1.0 / 3, 1234567.89, 9999995, 1e-300, 1e300, 0};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct folder folder;
		struct csv_row row;
		struct rows rows = {0};
		begin(&folder);
		csv_clear(&row);
		row.schema = EXTRAM_SCHEMA;
		row.ns_per_pair = values[i];
		write_one(&folder, &row);
		assert_true(isfinite(row.ns_per_pair) && isnan(row.p50_ns));
		assert_true(rows_read(&rows, folder.file));
		assert_int_equal(rows.count, 1);
		assert_true(rows.all[0].ns_per_pair == row.ns_per_pair);
		rows_free(&rows);
		unlink(folder.file);
		assert_int_equal(rmdir(folder.path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_file_says)};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
