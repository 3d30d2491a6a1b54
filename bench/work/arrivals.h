/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Planned arrivals: each callback has a planned start, which does not depend on how long earlier
 * callbacks took. Response time is measured from the planned start, so a stall delays every
 * callback planned during it. A closed loop starts each callback when the previous one ends, so a
 * stall delays only one. G. Tene calls that error coordinated omission; wrk2 avoids it the same
 * way.
 *
 * The caller provides the clock, the wait and the callback, so tests can use a fake clock.
 */
#ifndef BENCH_ARRIVALS_H
#define BENCH_ARRIVALS_H

#include <stdbool.h>

#include "histogram.h"

/* A time span, in ticks. */
struct arrivals_span {
	uint64_t begin, end;
};

/* One thread's schedule. next and gap are ticks after the span's begin. */
struct arrivals {
	struct arrivals_span span; /* set by the caller */
	double next, gap;
	uint64_t random; /* not 0 */
	bool poisson;    /* exponential gaps with this mean; otherwise every gap is equal */
};

/*
 * Fixed arrivals start at a random point of the first gap, so that threads do not synchronize. seed
 * is not 0.
 */
void arrivals_init(struct arrivals *a, double gap, bool poisson, uint64_t seed);

/* Planned start of the next callback. Never decreases. */
double arrivals_next(struct arrivals *a);

/* A thread's clock, wait and callback. */
struct arrivals_io {
	void (*wait)(void *thread, uint64_t until); /* returns at once if until has passed */
	uint64_t (*begin)(void *thread);            /* reads the clock before a callback */
	uint64_t (*end)(void *thread);
	void (*callback)(void *thread);
	bool (*stopped)(void *thread);
};

struct arrivals_score {
	struct histogram *service;  /* from the actual start to the end */
	struct histogram *response; /* from the planned start to the end */
};

#define ARRIVALS_INLINE static inline __attribute__((always_inline))

/*
 * Makes one callback, planned for that time. With a constant io, the compiler inlines every call.
 */
ARRIVALS_INLINE void arrivals_one(const struct arrivals_io *io, void *thread, uint64_t planned, const struct arrivals_score *score)
{
	io->wait(thread, planned);
	uint64_t begin = io->begin(thread);
	io->callback(thread);
	uint64_t end = io->end(thread);
	histogram_record(score->service, end - begin);
	histogram_record(score->response, end > planned ? end - planned : 0); /* clocks of two CPUs may differ by a few ticks */
}

/* Makes every callback planned within the span, however late. */
ARRIVALS_INLINE void arrivals_open(const struct arrivals_io *io, void *thread, struct arrivals *a, const struct arrivals_score *score)
{
	while (!io->stopped(thread)) {
		uint64_t planned = a->span.begin + (uint64_t)arrivals_next(a);
		if (planned >= a->span.end)
			return;
		arrivals_one(io, thread, planned, score);
	}
}

/*
 * Does the same work back to back, to find the peak rate. It still computes each planned start,
 * since that costs time too.
 */
ARRIVALS_INLINE void arrivals_closed(const struct arrivals_io *io, void *thread, struct arrivals *a, const struct arrivals_score *score)
{
	while (!io->stopped(thread)) {
		arrivals_next(a);
		uint64_t now = io->begin(thread);
		if (now >= a->span.end)
			return;
		arrivals_one(io, thread, now, score);
	}
}

#endif
