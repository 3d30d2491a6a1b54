/* SPDX-License-Identifier: BSD-3-Clause */
/* The result file: rows as results/columns.def has them, in a file that gets its name only when it is whole. */
#ifndef BENCH_CSV_H
#define BENCH_CSV_H

#include <stdbool.h>
#include <stdint.h>

/* A cell that is left empty: UINT64_MAX for a COUNT, NAN for a REAL, "" for a TEXT. */
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
	char *path; /* what it will be called */
	char *stem; /* path without .csv: of the sidecars */
	char *temporary;
	int fd;
	uint64_t bytes; /* whole rows so far */
	uint32_t rows;
	bool failed; /* a row could not be written; what came before is kept */
};

/* Makes every cell of a row empty. */
void csv_clear(struct csv_row *row);

/*
 * Begins PATH.tmp, with the heading. Alone, as all here. False: the cause was printed (the path does not end in .csv, exists and
 * force is false, or cannot be written).
 */
bool csv_open(struct csv *csv, const char *path, bool force);

/* Appends a row, in one write. False: the cause was printed, the file ends with the row before. */
bool csv_write(struct csv *csv, const struct csv_row *row);

/*
 * Puts the file in its place: PATH if complete, else PATH with .partial.csv for .csv; nothing if there are no rows. Frees all. False:
 * the cause was printed. *placed, to be freed, is the final path, or NULL.
 */
bool csv_close(struct csv *csv, bool complete, char **placed);

#endif
