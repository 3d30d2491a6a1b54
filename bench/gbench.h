/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * google-benchmark from C: registration at run time, random interleaving, counters and JSON.
 *
 * Threads, clocks and CSV are extram's own. google-benchmark divides times by the number of threads
 * in ways that differ between versions, gives every thread the same number of iterations, and
 * deprecates its CSV reporter. Here each benchmark is one iteration of manual time: a block.
 */
#ifndef BENCH_GBENCH_H
#define BENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_state; /* valid inside a body */

enum gbench_outcome {
	GBENCH_DONE,
	GBENCH_FAILED,   /* the library counts an error */
	GBENCH_LEFT_OUT, /* nothing to do; the library's file omits it */
};

/* Runs one block. Called once in each round. */
typedef enum gbench_outcome gbench_body(struct gbench_state *state, void *arg);

/*
 * Removes the --benchmark_ options from argv, in place; argv ends with NULL. Leaves
 * --benchmark_filter to the caller. False: an option is unknown or has no effect here, or the
 * environment sets one; the cause was printed.
 */
bool gbench_init(int *argc, char **argv);

/* Registers a benchmark. Copies the name. arg must stay valid until gbench_end returns. */
void gbench_register(const char *name, gbench_body *body, void *arg);

/*
 * Call once, before the first round. False: the --benchmark_out file cannot be written; the cause
 * was printed.
 */
bool gbench_begin(void);

/* Runs each benchmark once, in random order. */
void gbench_round(void);

/* Call once, after the last round. False: as for gbench_begin. */
bool gbench_end(void);

/* Sets the block's time for the library's reporters. */
void gbench_set_seconds(struct gbench_state *state, double seconds);

/* Sets a counter for the library's reporters. */
void gbench_counter(struct gbench_state *state, const char *name, double value);

#ifdef __cplusplus
}
#endif
#endif
