/* SPDX-License-Identifier: BSD-3-Clause */
#include "histogram.h"

#include <math.h>

void histogram_add(struct histogram *into, const struct histogram *from)
{
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->count[i] += from->count[i];
	into->total += from->total;
	if (from->max > into->max)
		into->max = from->max;
}

uint64_t histogram_upper_end(uint32_t bucket)
{
	if (bucket < (2U << HISTOGRAM_BITS))
		return bucket;
	uint32_t shift = (bucket >> HISTOGRAM_BITS) - 1;
	uint64_t low = (uint64_t)(bucket - (shift << HISTOGRAM_BITS)) << shift;
	return low + (UINT64_C(1) << shift) - 1;
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)h->total);
	uint64_t seen = 0;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->count[i];
		if (seen >= rank && seen > 0) {
			uint64_t value = i == HISTOGRAM_BUCKETS - 1 ? h->max : histogram_upper_end(i);
			return value < h->max ? value : h->max;
		}
	}
	return h->max;
}

int histogram_enough(const struct histogram *h, double q)
{
	return (1 - q) * (double)h->total >= HISTOGRAM_ENOUGH;
}
