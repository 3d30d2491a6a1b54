/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole distributions, as the percentile files of HdrHistogram (.hgrm), in ns. They have a row for each bucket in which there is a sample,
 * so that TotalCount gives back every bucket's count; lines that begin with # follow, first HdrHistogram's own, then notes as key: value.
 */
#ifndef BENCH_HGRM_H
#define BENCH_HGRM_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

/* What the samples are of. */
struct hgrm_notes {
	const char *cell; /* gives the file its name: / becomes _, and : becomes - */
	const char *run_id, *source, *fingerprint;
	uint32_t blocks; /* whose samples these are */
};

/* Makes the folder for the files of one run, and removes those that an older run left in it. Alone. False: the cause was printed. */
bool hgrm_prepare(const char *folder);

/*
 * Writes FOLDER/CELL.hgrm, which gets its name when it is whole. The clock is calibrated; there is a sample. Alone. False: the cause was
 * printed, and there is no such file.
 */
bool hgrm_write(const char *folder, const struct hgrm_notes *notes, const struct histogram *h);

#endif
