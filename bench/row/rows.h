/* SPDX-License-Identifier: BSD-3-Clause */
/* Result rows in memory, measured by this process or read from files. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stddef.h>

#include "csv.h"

struct rows {
	struct csv_row *all; /* their texts are owned by texts */
	uint32_t count, room;
	void *texts; /* each distinct text once */
};

/*
 * Appends a copy of a row and its texts. Not thread-safe. False: no memory; the cause was printed.
 */
bool rows_add(struct rows *rows, const struct csv_row *row);

/*
 * Appends the rows of a result file. Columns are matched by name: missing columns are empty,
 * unknown columns are ignored. Not thread-safe. False: the cause was printed with file, line and
 * column.
 */
bool rows_read(struct rows *rows, const char *path);

void rows_free(struct rows *rows);

/*
 * The row's strategy name for a table, with the variant if it is not the strategy's best.
 * Thread-safe.
 */
void rows_label(const struct csv_row *row, char *text, size_t bytes);

#endif
