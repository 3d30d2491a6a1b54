/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A log-linear histogram of clock ticks, as HdrHistogram's: 128 buckets for every doubling, so a value is known to 1 part in 128 or
 * better. Memory is fixed, whatever is recorded. One thread records; another may read when the recorder has been joined.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 7      /* log2 of the buckets for a doubling */
#define HISTOGRAM_TOP_BITS 42 /* larger values go to the last bucket; max is exact all the same */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_TOP_BITS - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)
/* Samples above a percentile without which it is not reported. */
#define HISTOGRAM_ENOUGH 100

struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS];
	uint64_t total;
	uint64_t max;
};

/* Bucket of a value: values below 2^(BITS+1) have one each; above, one of 2^BITS for each doubling. */
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

/* The largest value that falls into the bucket; of the last bucket, the largest that it has by its width. */
uint64_t histogram_upper_end(uint32_t bucket);

/* Adds what from has recorded to into. */
void histogram_add(struct histogram *into, const struct histogram *from);

/*
 * The smallest recorded value that at least the share q (0 to 1) of all samples do not exceed, to the histogram's resolution (the
 * upper end of its bucket, at most max). 0 when nothing was recorded.
 */
uint64_t histogram_quantile(const struct histogram *h, double q);

/* Do enough samples lie above the quantile q for it to mean something? */
int histogram_enough(const struct histogram *h, double q);

#endif
