/* SPDX-License-Identifier: BSD-3-Clause */
/* One line on a terminal that says how far the run is and how long it will take; nothing in a pipe or a file. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool terminal;
	uint32_t done, total;
	uint64_t planned_ms, planned_done_ms; /* sum of the blocks' lengths */
	uint64_t start_ns;
};

void progress_begin(struct progress *progress, uint32_t total, uint64_t planned_ms);

/* A block of that cell begins. */
void progress_show(struct progress *progress, const char *cell);

/* It has ended. */
void progress_step(struct progress *progress, uint32_t block_ms);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
