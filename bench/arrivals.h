/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Planned arrivals: callbacks that are due at times of their own, however long those before them took. The response time counts from
 * the planned start, so a stall is charged to every callback that was due during it; a closed loop, in which the next one begins when the
 * last has ended, charges it to one. G. Tene calls that coordinated omission; wrk2 measures as here.
 *
 * The clock, the wait and the callback come from the caller, so that tests bring a clock of their own.
 */
#ifndef BENCH_ARRIVALS_H
#define BENCH_ARRIVALS_H

#include <stdbool.h>

#include "histogram.h"

/* The plan of one thread. Times are ticks after the common start. */
struct arrivals {
	double next, gap;
	uint64_t random; /* not 0 */
	bool poisson;    /* gaps are exponential with mean gap; else all alike */
};

/* Fixed arrivals begin somewhere within the first gap, so that threads do not fall into step. Seed is not 0. */
void arrivals_init(struct arrivals *a, double gap, bool poisson, uint64_t seed);

/* When the next one is due; never less than the one before. */
double arrivals_next(struct arrivals *a);

/* What a thread does it with. */
struct arrivals_io {
	void (*wait)(void *thread, uint64_t until); /* returns at once if that is past */
	uint64_t (*begin)(void *thread);            /* the clock, before the callback and after */
	uint64_t (*end)(void *thread);
	void (*callback)(void *thread);
	bool (*stopped)(void *thread);
};

struct arrivals_score {
	struct histogram *service;  /* from the true start to the end */
	struct histogram *response; /* from the planned start to the end */
};

#define ARRIVALS_INLINE static inline __attribute__((always_inline))

/* One callback, planned for that time. With a constant io, nothing of it is called through a pointer. */
ARRIVALS_INLINE void arrivals_one(const struct arrivals_io *io, void *thread, uint64_t planned, const struct arrivals_score *score)
{
	io->wait(thread, planned);
	uint64_t begin = io->begin(thread);
	io->callback(thread);
	uint64_t end = io->end(thread);
	histogram_record(score->service, end - begin);
	histogram_record(score->response, end > planned ? end - planned : 0); /* CPUs whose clocks differ by a few ticks */
}

/* A stretch of time, in ticks. */
struct arrivals_span {
	uint64_t begin, end;
};

/* Every callback due within the span, each of them, be it late. */
ARRIVALS_INLINE void arrivals_open(const struct arrivals_io *io, void *thread, struct arrivals *a, const struct arrivals_span *span,
				   const struct arrivals_score *score)
{
	while (!io->stopped(thread)) {
		uint64_t planned = span->begin + (uint64_t)arrivals_next(a);
		if (planned >= span->end)
			return;
		arrivals_one(io, thread, planned, score);
	}
}

/* The same work, each callback as soon as the last is done: how many there can be. What is due is reckoned all the same: it costs time. */
ARRIVALS_INLINE void arrivals_closed(const struct arrivals_io *io, void *thread, struct arrivals *a, const struct arrivals_span *span,
				     const struct arrivals_score *score)
{
	while (!io->stopped(thread)) {
		arrivals_next(a);
		uint64_t now = io->begin(thread);
		if (now >= span->end)
			return;
		arrivals_one(io, thread, now, score);
	}
}

#endif
