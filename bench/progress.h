/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How far the run is and how long it will take, on stderr. On a terminal: one line that changes. In a pipe or a file: a line now and then,
 * the first after PROGRESS_FIRST_NS, then one every PROGRESS_EVERY_NS, between blocks.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_FIRST_NS UINT64_C(5000000000)
#define PROGRESS_EVERY_NS UINT64_C(30000000000)
#define PROGRESS_TABLE_COLUMNS 100
#define PROGRESS_BYTES 128 /* of a line, with its end */

struct progress {
	bool terminal;
	uint32_t done, total;
	uint64_t due_ns, table_due_ns; /* by clock_monotonic_ns: the next line, and the next table */
	uint32_t table_lines;          /* of the table that stands above the line */
};

/* So many blocks are planned; 0: the time decides. */
void progress_begin(struct progress *progress, uint32_t total);

/* A block of that cell begins, so many seconds before the end. */
void progress_show(struct progress *progress, const char *cell, double left_s);

/* It has ended. */
void progress_step(struct progress *progress);

/* Is a line due at that time? If so, the next one is due PROGRESS_EVERY_NS later. */
bool progress_due(struct progress *progress, uint64_t now_ns);

/* Writes the line for a pipe or a file, with an end of line. */
void progress_line(char text[PROGRESS_BYTES], const struct progress *progress, double left_s);

/* Is there a terminal, and is the last table some seconds old? */
bool progress_wants_table(const struct progress *progress);

/* Shows a table of so many lines in place of the one before, if the terminal has room for it. */
void progress_table(struct progress *progress, const char *text, uint32_t lines);

/* Takes away what the terminal shows. */
void progress_end(struct progress *progress);

#endif
