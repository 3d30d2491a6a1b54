/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of result files in memory: measured in this process, or read from files. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <stddef.h>

#include "csv.h"

struct rows {
	struct csv_row *all; /* their texts belong to the rows */
	uint32_t count, room;
	void *texts; /* each text once */
};

/* Appends a copy of a row and of its texts. One thread at a time. False: no memory; the cause was printed. */
bool rows_add(struct rows *rows, const struct csv_row *row);

/*
 * Appends the rows of a result file. Columns are found by name: a column that the file lacks is empty, a column
 * that this version does not know is left out. One thread at a time. False: the cause was printed, with file, line and column.
 */
bool rows_read(struct rows *rows, const char *path);

void rows_free(struct rows *rows);

/* The name of a row's strategy in a table: with the variant if that is not the strategy's best. Any thread. */
void rows_label(const struct csv_row *row, char *text, size_t bytes);

#endif
