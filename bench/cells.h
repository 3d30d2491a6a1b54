/* SPDX-License-Identifier: BSD-3-Clause */
/* A cell is one point of the axes, measured in one or more blocks. A set is a choice of cells; options replace its axes. */
#ifndef BENCH_CELLS_H
#define BENCH_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "loops.h"
#include "options.h"
#include "rig.h"
#include "topology.h"

/* What the table at the end needs of a block; NAN where there is nothing. */
struct cell_block {
	double ns_per_pair, pairs_per_s, cpu_ns_per_pair, jain, p50_ns, p999_ns, max_ns;
};

struct cell {
	const struct loops *loops;       /* NULL for a limit */
	const struct loops_limit *limit; /* NULL for a strategy */
	enum cells_workload workload;
	enum rig_level level;
	uint32_t threads;
	enum topology_placement placement;
	uint64_t hold_ns, think_ns;
	uint32_t prefill;
	uint32_t repetitions, block_ms;
	char *name;                /* workload/level/strategy/threads:N/placement/hold:N/think:N/prefill:N */
	struct cell_block *blocks; /* those that are done */
	uint32_t done;
};

struct cells {
	struct cell *all;
	uint32_t count, room;
};

/* The cells that the options ask for on this machine. False: the cause was printed (bad options), nothing to free. */
bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology);
void cells_free(struct cells *cells);

const char *cells_strategy_name(const struct cell *cell);
const char *cells_level_name(const struct cell *cell);

/* A floor or a limit: something that stands beside the strategies. */
bool cells_is_floor(const struct cell *cell);

/* Threads allowed on this machine: 32 for every CPU. */
uint32_t cells_threads_limit(const struct topology *topology);

#endif
