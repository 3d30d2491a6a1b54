/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The result file. results/columns.def defines its columns. The file is written under a temporary
 * name and renamed when it is complete.
 */
#ifndef BENCH_CSV_H
#define BENCH_CSV_H

#include <stdbool.h>
#include <stdint.h>

/* An empty field is UINT64_MAX for a COUNT, NAN for a REAL, and "" for a TEXT. */
#define CSV_EMPTY UINT64_MAX
#define CSV_TEXT const char *
#define CSV_COUNT uint64_t
#define CSV_REAL double

struct csv_row {
#define COLUMN(name, kind, presence, meaning) CSV_##kind name;
#include "columns.def"
#undef COLUMN
};

struct csv {
	char *path; /* final path */
	char *stem; /* path without .csv, for the sidecars */
	char *temporary;
	int fd;
	uint64_t bytes; /* size of the complete rows */
	uint32_t rows;
	bool failed; /* a row could not be written; earlier rows are kept */
};

/* Empties every field of a row. */
void csv_clear(struct csv_row *row);

/*
 * Creates PATH.tmp and writes the heading. Not thread-safe, like all functions here. False: the
 * path does not end in .csv, exists and force is false, or cannot be written; the cause was
 * printed.
 */
bool csv_open(struct csv *csv, const char *path, bool force);

/*
 * Appends a row with one write. Rounds the row's numbers to the digits that the file has. False:
 * the cause was printed and the file ends with the previous row.
 */
bool csv_write(struct csv *csv, struct csv_row *row);

/*
 * Renames the file: to PATH if complete, otherwise to PATH with .partial.csv in place of .csv.
 * Removes it if it has no rows. Frees everything. False: the cause was printed. *placed is the
 * final path, or NULL; the caller frees it.
 */
bool csv_close(struct csv *csv, bool complete, char **placed);

#endif
