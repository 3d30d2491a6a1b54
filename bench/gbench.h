/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * google-benchmark from C: registration at run time, random interleaving, counters, JSON. Only that: threads, clocks and
 * CSV are our own, because at threads:N its times are divided by N in ways that changed between versions, every thread gets the same
 * number of iterations, and its CSV reporter is deprecated. So each benchmark is one iteration of manual time: a block.
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
	GBENCH_LEFT_OUT, /* there was nothing to do; the library's file does not have it */
};

/* Runs one block. Each round calls it once. */
typedef enum gbench_outcome gbench_body(struct gbench_state *state, void *arg);

/* Takes the --benchmark_ options out of argv, NULL-ended, changed in place, but for --benchmark_filter, which is for the caller. False: an
 * option is unknown or does nothing here, or the environment sets one; a line said which. */
bool gbench_init(int *argc, char **argv);

/* Adds a benchmark. The name is copied; arg must live until gbench_end returns. */
void gbench_register(const char *name, gbench_body *body, void *arg);

/* Once, before the first round. False: the file of --benchmark_out cannot be written; the cause was printed. */
bool gbench_begin(void);

/* Runs each benchmark once, in random order. */
void gbench_round(void);

/* After the last round. False: as gbench_begin. */
bool gbench_end(void);

/* Time of this block for the library's own reporters. */
void gbench_set_seconds(struct gbench_state *state, double seconds);

/* A counter for the library's own reporters. */
void gbench_counter(struct gbench_state *state, const char *name, double value);

#ifdef __cplusplus
}
#endif
#endif
