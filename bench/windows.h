/* SPDX-License-Identifier: BSD-3-Clause */
/* The windows of one thread in a block, and what all threads' windows say together. */
#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

/* Share of a window that a thread may have waited for a CPU before the window is thrown away. */
#define WINDOWS_WAIT_SHARE 0.01
/* Clean windows without which a block has no throughput. */
#define WINDOWS_ENOUGH 5

struct windows_one {
	uint64_t pairs;
	uint64_t ticks;   /* of the batches that ended in it; 0: none did */
	uint64_t wait_ns; /* ready, without a CPU */
};

/* Filled by its thread alone. */
struct windows {
	struct windows_one *one;
	uint32_t count;
	uint64_t begin, length; /* ticks */
	uint64_t last_end;      /* ticks: the end of the last batch */
	uint64_t last_wait_ns;
	uint32_t current;
	int schedstat;
	bool wait_known;
};

struct windows_summary {
	uint32_t windows;
	uint64_t clean;     /* UINT64_MAX: not known */
	double pairs_per_s; /* median of the clean ones, all threads together; NAN: too few */
};

/* Begins at the tick begin. False: no memory. */
bool windows_init(struct windows *w, uint32_t count, uint64_t begin, uint64_t length);
void windows_fini(struct windows *w);

/* The calling thread, whose windows they are, has done so many pairs by now, since the last call. */
void windows_batch(struct windows *w, uint64_t pairs, uint64_t now);

/*
 * Over the threads' windows, w[0] to w[threads - 1], all of one count, when their threads are done. The first window is warm-up and
 * left out. Where the kernel does not tell who waited, all windows count. False: no memory.
 */
bool windows_summarise(struct windows *const *w, uint32_t threads, struct windows_summary *summary);

#endif
