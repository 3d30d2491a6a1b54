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
#define PROGRESS_BYTES 128 /* of a line, with its end */

struct progress {
	bool terminal;
	uint32_t done, total;
	uint64_t planned_ms, planned_done_ms; /* sum of the blocks' lengths */
	uint64_t start_ns, due_ns;            /* by clock_monotonic_ns; due: the next line */
};

void progress_begin(struct progress *progress, uint32_t total, uint64_t planned_ms);

/* A block of that cell begins. */
void progress_show(struct progress *progress, const char *cell);

/* It has ended. */
void progress_step(struct progress *progress, uint32_t block_ms);

/* Is a line due at that time? If so, the next one is due PROGRESS_EVERY_NS later. */
bool progress_due(struct progress *progress, uint64_t now_ns);

/* Writes the line for a pipe or a file, with an end of line. */
void progress_line(char text[PROGRESS_BYTES], const struct progress *progress, uint64_t now_ns);

/* Takes the terminal's line away. */
void progress_end(struct progress *progress);

#endif
