/* SPDX-License-Identifier: BSD-3-Clause */
/* The windows of a block's threads, and their evaluation. */
#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

/* Largest share of a clean window that a thread may wait for a CPU. */
#define WINDOWS_WAIT_SHARE 0.01
/* Fewest clean windows for a throughput. */
#define WINDOWS_ENOUGH 5
/* Least share of a window's time that a thread must have its core alone. */
#define WINDOWS_ALONE_SHARE 0.1

struct windows_one {
	uint64_t pairs;
	uint64_t ticks;   /* of the batches that ended in it; 0: none */
	uint64_t wait_ns; /* time waiting for a CPU */
	/* Of the batches among them with a core that was not shared: see windows_pace. */
	uint64_t alone_pairs, alone_ticks;
};

/* The windows of one thread. Only that thread writes them. */
struct windows {
	struct windows_one *one;
	uint32_t count;
	uint64_t begin, length; /* ticks */
	uint64_t last_end;      /* end of the last batch, ticks */
	uint64_t last_wait_ns;
	uint32_t current;
	uint64_t batch_pairs, batch_ticks; /* the last batch, which windows_pace judges */
	int schedstat;
	bool wait_known;
	bool paced, was_alone; /* windows_pace was called; what it heard last */
};

struct windows_summary {
	uint32_t windows;
	uint64_t clean;     /* UINT64_MAX: unknown */
	uint64_t alone;     /* clean windows in which no thread's core was shared; UINT64_MAX: unknown */
	double pairs_per_s; /* of all threads: median over the clean windows; NAN: too few */
};

/*
 * Reports whether too few of a block's windows had the cores alone, so that all clean ones count.
 * False if nothing is known, as for a block of few windows.
 */
static inline bool windows_shared(uint64_t windows, uint64_t alone)
{
	return windows / 2 >= WINDOWS_ENOUGH && alone < WINDOWS_ENOUGH;
}

/* Starts the windows at tick begin. False: no memory. */
bool windows_init(struct windows *w, uint32_t count, uint64_t begin, uint64_t length);
void windows_fini(struct windows *w);

/* Records the pairs done since the last call. Called by the windows' own thread. */
void windows_batch(struct windows *w, uint64_t pairs, uint64_t now);

/*
 * Says whether the CPU's core worked for this thread alone just now, after a batch. now is the time
 * after the probe, which counts for no batch. A batch counts as alone if the probes before and
 * after it do. Called by the windows' own thread, after each batch or never.
 */
void windows_pace(struct windows *w, bool alone, uint64_t now);

/*
 * Evaluates the windows w[0] to w[threads - 1], all with the same count, after their threads are
 * done. The first window is warm-up and ignored. If the kernel does not report waiting, all windows
 * count. If there are enough clean windows in which each thread had its core alone for long enough,
 * only those count, and of them the batches with a core alone. False: no memory.
 */
bool windows_summarise(struct windows *const *w, uint32_t threads, struct windows_summary *summary);

#endif
