/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes distributions as HdrHistogram percentile files (.hgrm), in ns. There is a row for each
 * bucket with samples, so TotalCount preserves every bucket's count. Lines starting with # follow:
 * first HdrHistogram's summary, then notes as "key: value".
 */
#ifndef BENCH_HGRM_H
#define BENCH_HGRM_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

/* What was sampled. */
struct hgrm_notes {
	const char *cell; /* names the file: / becomes _ and : becomes - */
	const char *run_id, *source, *fingerprint;
	uint32_t blocks; /* number of blocks sampled */
};

/*
 * Makes the folder for one run's files and deletes an older run's files in it. Not thread-safe.
 * False: the cause was printed.
 */
bool hgrm_prepare(const char *folder);

/*
 * Writes FOLDER/CELL.hgrm under a temporary name and renames it when complete. Requires a
 * calibrated clock and at least one sample. Not thread-safe. False: the cause was printed and no
 * file is left.
 */
bool hgrm_write(const char *folder, const struct hgrm_notes *notes, const struct histogram *h);

#endif
