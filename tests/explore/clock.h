/* SPDX-License-Identifier: BSD-3-Clause */
/* What a thread knows of the other threads: how far each has come, and which store of each location
 * is the oldest that it may read. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define CLOCK_THREADS 4
#define CLOCK_LOCATIONS 60

struct clock {
	int16_t when[CLOCK_THREADS];   /* vector clock: the last step of each thread that happens before us */
	int16_t seen[CLOCK_LOCATIONS]; /* view: the oldest store, by its place in the modification order, that it may still read */
};

/* Signed 16-bit maxima and a fixed length: SSE2 and NEON have an instruction for it. */
static inline void clock_max(int16_t *restrict a, const int16_t *restrict b, int n)
{
	for (int i = 0; i < n; i++)
		a[i] = a[i] > b[i] ? a[i] : b[i];
}

static inline void clock_join(struct clock *a, const struct clock *b)
{
	clock_max(a->when, b->when, CLOCK_THREADS);
	clock_max(a->seen, b->seen, CLOCK_LOCATIONS);
}

/* Sequentially consistent fences order stores and loads, but make nothing happen before anything by themselves. */
static inline void clock_join_seen(struct clock *a, const struct clock *b)
{
	clock_max(a->seen, b->seen, CLOCK_LOCATIONS);
}

#endif
