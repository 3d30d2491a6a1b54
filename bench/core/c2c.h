/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Core-to-core latency: two threads on two CPUs hand a value to and fro by compare-and-swap on one
 * cache line. By it the results of machines can be explained and modelled.
 */
#ifndef BENCH_C2C_H
#define BENCH_C2C_H

#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

/* Up to so many CPUs, every pair is measured; beyond, those that c2c_measures names. */
#define C2C_ALL_CPUS 64

struct c2c {
	uint32_t cpus;
	double *ns;     /* [row * cpus + column], column < row: one way, ns; NAN: not measured */
	uint32_t pairs; /* pairs that were measured */
};

/*
 * Reports whether a pair of CPUs is measured, row above column, both below cpus. Beyond
 * C2C_ALL_CPUS these are the pairs whose distance in the machine's order (hardware threads of a
 * core, then cores, caches, packages) is a power of two: a few for each CPU, on each level.
 */
bool c2c_measures(uint32_t cpus, uint32_t row, uint32_t column);

/* The CPU of each row, as its index in the placement smt: ascending by the kernel's number. */
void c2c_rows(const struct topology *topology, uint32_t *index);

struct c2c_wish {
	double seconds;            /* about so long; each pair takes 2 ms at least */
	const _Atomic bool *abort; /* true ends it early, with what was measured; NULL: never */
};

/*
 * Measures the pairs. The clock must be calibrated, and threads must be bound
 * (topology_can). Not thread-safe; the calling thread is unbound at the end. False: no memory or no
 * thread; the cause was printed. The caller frees it in both cases.
 */
bool c2c_measure(struct c2c *c2c, const struct topology *topology, const struct c2c_wish *wish);
void c2c_free(struct c2c *c2c);

/*
 * Writes the lower triangle as comma-separated values without a heading, in the form of
 * github.com/nviennot/core-to-core-latency: a line a CPU, a field a CPU, empty if not measured.
 * False: the cause was printed.
 */
bool c2c_write(const struct c2c *c2c, const char *path);

#endif
