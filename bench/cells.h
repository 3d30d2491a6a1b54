/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cell is one point on the axes, measured in one or more blocks. A set selects cells; options
 * replace its axes.
 */
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
	const struct real *real;                /* the real runtime of these loops; NULL for a strategy or a limit */
	const struct extram_strategy *strategy; /* the loops' strategy, compiled for the cell's way to wait; NULL for a limit */
	const struct workload *workload;
	enum rig_level level;
	const char *variant; /* the strategy's variant on this machine, or a real runtime's version */
	bool fallback;       /* not the strategy's best variant */
	uint32_t threads;
	enum topology_placement placement;
	uint64_t hold_ns, think_ns;
	uint32_t prefill;
	uint32_t repetitions, block_ms;
	uint32_t in_round; /* blocks in each round, while enough are left */
	/* Axes of some workloads only; "" or 0 in others. */
	const char *waiting;
	bool has_refill, has_load;
	enum needm_refill_policy refill;
	uint32_t load; /* percent */
	enum cells_arrivals arrivals;
	uint32_t tokens;           /* processors in the model; 0: callbacks need none */
	const struct trace *trace; /* for a replay, otherwise NULL */
	bool has_value;
	uint32_t value;      /* on the workload's own axis */
	char *name;          /* see cells_name */
	bool chosen, beside; /* by the filter; a floor or limit shown beside chosen cells */
	uint32_t done;       /* blocks run */
};

struct cells {
	struct cell *all;
	uint32_t count, room;
	struct trace *trace; /* replayed by the cells, or NULL */
};

/*
 * Builds the cells that the options select. False: bad options; the cause was printed and there is
 * nothing to free.
 */
bool cells_build(struct cells *cells, const struct options *options, const struct topology *topology);
void cells_free(struct cells *cells);

const char *cells_strategy_name(const struct cell *cell);
const char *cells_level_name(const struct cell *cell);

/* Warns about each strategy that runs with a lesser variant. */
void cells_warn(const struct cells *cells);

/* Reports whether the cell is a floor or a limit, which accompany the strategies. */
bool cells_is_floor(const struct cell *cell);

/*
 * The name of a cell: workload/level/strategy:variant/threads:N/placement/hold:N/think:N/prefill:N.
 * An empty variant is left out. The other axes follow as /column:value, unless they are empty or 0.
 * results/names.py gives rows the same name. The caller frees it. NULL: no memory.
 */
char *cells_name(const struct cell *cell);

/* The column "kind": strategy, peer, floor or limit. */
const char *cells_kind(const struct cell *cell);

/* Adds a cell and takes ownership of its name. Drops a duplicate name. False: no memory. */
bool cells_add(struct cells *cells, struct cell *cell);

/* Frees what the cell owns. The cell must not be used afterwards. */
void cells_drop(struct cell *cell);

#endif
