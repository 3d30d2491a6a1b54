/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Progress of the run and the time it still needs, on stderr. On a terminal: one line that is
 * rewritten. In a pipe or a file: one line after PROGRESS_FIRST_NS, then one every
 * PROGRESS_EVERY_NS, between blocks.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_FIRST_NS UINT64_C(5000000000)
#define PROGRESS_EVERY_NS UINT64_C(30000000000)
#define PROGRESS_TABLE_COLUMNS 100
#define PROGRESS_BYTES 128 /* of a line, with its NUL */

struct progress {
	bool terminal;
	uint32_t done, total;
	uint64_t due_ns, table_due_ns; /* by clock_monotonic_ns: when to print the next line and the next table */
	uint32_t table_lines;          /* lines of the table above the progress line */
};

/* Starts the progress of a run of that many blocks. 0: the time decides. */
void progress_begin(struct progress *progress, uint32_t total);

/* A block of that cell starts; the run needs left_s more seconds. */
void progress_show(struct progress *progress, const char *cell, double left_s);

/* The block has ended. */
void progress_step(struct progress *progress);

/*
 * Reports whether a line is due at that time. If so, schedules the next one PROGRESS_EVERY_NS
 * later.
 */
bool progress_due(struct progress *progress, uint64_t now_ns);

/* Writes the line for a pipe or a file, with a newline. */
void progress_line(char text[PROGRESS_BYTES], const struct progress *progress, double left_s);

/* Reports whether there is a terminal and the last table is some seconds old. */
bool progress_wants_table(const struct progress *progress);

/* Replaces the previous table on the terminal, if the new one fits. */
void progress_table(struct progress *progress, const char *text, uint32_t lines);

/* Clears the line and the table from the terminal. */
void progress_end(struct progress *progress);

#endif
