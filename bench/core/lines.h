/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits whose threads hand cache lines to each other in rounds. A model of caches is calibrated by
 * them, beside c2c.h.
 *
 * One-sided: the writer, thread 0, writes every line; then the user, thread 1, uses each line once,
 * in an order that no prefetcher guesses. Only that is timed, so its time is of an operation on a
 * line that another CPU wrote and now leaves alone.
 *
 * A loop ends early if the other threads have stopped or lost their CPUs. The next call goes on
 * where it ended.
 */
#ifndef BENCH_LINES_H
#define BENCH_LINES_H

#include "loops.h"

/* Few enough for the first cache of a CPU, and enough to make the clock's time small. */
#define LINES 64
#define LINES_USED (UINT64_C(1) << 63) /* every use but a load sets this bit */

struct line {
	_Alignas(EXTRAM_APART) _Atomic uint64_t word;
};

/* The context of the loops below. All 0 at first, but for threads. */
struct lines {
	struct line turn; /* one-sided: rounds, two turns each; otherwise the line that is written */
	struct line at;   /* one-sided: the line that a walk would have used next */
	uint64_t threads; /* of the block; constant */
	struct line of[LINES];
	struct line seen[]; /* by thread: the last round that it has seen */
};

static inline size_t lines_bytes(uint64_t threads)
{
	return sizeof(struct lines) + threads * sizeof(struct line);
}

/* What the writer writes to line i in a turn: the turn, and the number of the line after it. */
static inline uint64_t lines_value(uint64_t turn, uint64_t i)
{
	/* Comes to each line once (Hull and Dobell 1962), and each stride differs from the last. */
	return turn * LINES + (5 * i + 3) % LINES;
}

/*
 * One-sided. A round is LINES operations of each thread; fewer are left out. The user records the
 * ticks of a round in its histogram. A load, an exchange and an add go on to the line that the
 * value names, so none begins before the last has its line. Stores overlap, as in any program.
 */
void lines_load(struct loops_thread *t, uint64_t pairs);
void lines_store(struct loops_thread *t, uint64_t pairs);
void lines_exchange(struct loops_thread *t, uint64_t pairs);
void lines_cas(struct loops_thread *t, uint64_t pairs);
void lines_add(struct loops_thread *t, uint64_t pairs);

/*
 * Thread 0 writes a line when all others have seen the last round. They read it until they see a
 * new round, and say so, each on a line of its own. An operation is a round.
 */
void lines_written(struct loops_thread *t, uint64_t pairs);

#endif
