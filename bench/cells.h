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

struct csv_row;
struct real;
struct trace;
struct workload;

struct cell {
	const struct loops *loops;              /* NULL for a limit */
	const struct loops_limit *limit;        /* NULL for a strategy */
	const struct real *real;                /* a real runtime, whose loops these are; NULL for a strategy or a limit */
	const struct extram_strategy *strategy; /* the loops' own, or the same one as the cell's way to wait has it; NULL for a limit */
	const struct workload *workload;
	enum rig_level level;
	const char *variant; /* what the strategy chooses on this machine; of a real runtime its version */
	bool fallback;       /* the variant is not the strategy's best */
	uint32_t threads;
	enum topology_placement placement;
	uint64_t hold_ns, think_ns;
	uint32_t prefill;
	uint32_t repetitions, block_ms;
	uint32_t in_round; /* blocks in a round, if there are so many left */
	/* Axes of some workloads; "" and 0 where there is none. */
	const char *waiting;
	bool has_refill, has_load;
	enum needm_refill_policy refill;
	uint32_t load; /* percent */
	enum cells_arrivals arrivals;
	uint32_t tokens;           /* processors that a callback needs one of; 0: there are none */
	const struct trace *trace; /* of a replay, else NULL */
	bool has_value;
	uint32_t value;      /* of the workload's own axis */
	char *name;          /* see cells_name */
	bool chosen, beside; /* by the filter; a floor or limit that stands beside what was chosen */
	uint32_t done;       /* blocks */
};

struct cells {
	struct cell *all;
	uint32_t count, room;
	struct trace *trace; /* that the cells replay, or NULL */
};

/* The cells that the options ask for on this machine. False: the cause was printed (bad options), nothing to free. */
bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology);
void cells_free(struct cells *cells);

const char *cells_strategy_name(const struct cell *cell);
const char *cells_level_name(const struct cell *cell);

/* Warns of every strategy among the cells whose variant is not its best. */
void cells_warn(const struct cells *cells);

/* A floor or a limit: something that stands beside the strategies. */
bool cells_is_floor(const struct cell *cell);

/*
 * The name of a cell: workload/level/strategy:variant/threads:N/placement/hold:N/think:N/prefill:N, without :variant where it is empty.
 * Then come the axes of some workloads that are not empty or 0, as /column:value. results/names.py gives a row of the cell the same name.
 * To be freed; NULL: no memory.
 */
char *cells_name(const struct cell *cell);

/* The column kind: strategy, peer, floor or limit. */
const char *cells_kind(const struct cell *cell);

/* Adds a cell, unless there is one of that name, and takes over its name. False: no memory. */
bool cells_add(struct cells *cells, struct cell *cell);

/* Frees what a cell has; it must not be used any more. */
void cells_drop(struct cell *cell);

#endif
