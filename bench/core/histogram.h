/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A log-linear histogram of clock ticks, like HdrHistogram. It has 128 buckets for each doubling,
 * so the relative error is at most 1/128. Its size is fixed. One thread records; others may read
 * after they have joined it.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7      /* log2 of the buckets for each doubling */
#define HISTOGRAM_TOP_BITS 42 /* larger values go to the last bucket; max is always exact */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_TOP_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)
/* Samples that must lie above a percentile to report it. */
#define HISTOGRAM_ENOUGH 100

struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS];
	uint64_t total;
	uint64_t max;
};

/*
 * The bucket of a value. Values below 2^(BITS+1) have a bucket each; above, each doubling has
 * 2^BITS.
 */
static inline uint32_t histogram_bucket(uint64_t value)
{
	if (value < (2U << HISTOGRAM_BITS))
		return (uint32_t)value;
	uint32_t shift = 63U - (uint32_t)__builtin_clzll(value) - HISTOGRAM_BITS;
	uint64_t bucket = ((uint64_t)shift << HISTOGRAM_BITS) + (value >> shift);
	return bucket < HISTOGRAM_BUCKETS ? (uint32_t)bucket : HISTOGRAM_BUCKETS - 1;
}

static inline void histogram_record(struct histogram *h, uint64_t value)
{
	h->count[histogram_bucket(value)]++;
	h->total++;
	if (value > h->max)
		h->max = value;
}

/*
 * The bucket's largest value. For the last bucket, the largest by its width; it also holds larger
 * values.
 */
uint64_t histogram_upper_end(uint32_t bucket);

/* Adds from's samples to into. */
void histogram_add(struct histogram *into, const struct histogram *from);

/*
 * The q-quantile, 0 <= q <= 1: the smallest recorded value that at least the share q of the samples
 * do not exceed. The resolution is a bucket: the result is the bucket's upper end, at most max. 0
 * if empty.
 */
uint64_t histogram_quantile(const struct histogram *h, double q);

/* Reports whether enough samples lie above the q-quantile to report it. */
int histogram_enough(const struct histogram *h, double q);

#endif
