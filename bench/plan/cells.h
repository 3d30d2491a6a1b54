/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A cell is one point on the axes, measured in one or more blocks. A set selects cells; options
 * replace its axes.
 */
#ifndef BENCH_CELLS_H
#define BENCH_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "axes.h"
#include "loops.h"
#include "rig.h"
#include "topology.h"

struct options;
struct real;
struct trace;
struct workload;

/* The strategy's number is that of cells_subject, the workload's its index in workload_all. */
#define CELLS_NAME(name) uint64_t name##_number;
#define CELLS_WORD(name) uint64_t name;
#define CELLS_OWN CELLS_WORD
#define CELLS_NUMBER CELLS_WORD
#define CELLS_POSITIVE CELLS_WORD

struct cell {
	const struct loops *loops;              /* NULL for a limit */
	const struct loops_limit *limit;        /* NULL for a strategy */
	const struct real *real;                /* the real runtime of these loops; NULL for a strategy or a limit */
	const struct extram_strategy *strategy; /* the loops' strategy, compiled for the cell's way to wait; NULL for a limit */
	const struct workload *workload;
	const char *variant; /* the strategy's variant on this machine, or a real runtime's version */
	bool fallback;       /* not the strategy's best variant */
	/* A number for each axis, by its name: a count, or the index of a word. */
	union {
		struct {
#define AXIS(name, kind, presence, meaning, values, ...) CELLS_##values(name)
#include "axes.def"
		};
		uint64_t at[AXES];
	};
	uint32_t given; /* bits 1 << enum axes of the axes that not every cell has; their numbers are 0 in others */
	uint32_t repetitions, block_ms;
	uint32_t in_round;         /* blocks in each round, while enough are left */
	uint32_t at_most;          /* blocks that the planner gives it; 0: no limit */
	const struct trace *trace; /* for a replay, otherwise NULL */
	char *name;                /* see axes_name */
	bool chosen, beside;       /* by the filter; a floor or limit shown beside chosen cells */
	uint32_t done;             /* blocks run */
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

/*
 * Removes the cells that --filter does not select, except the floors and limits that a comparison
 * of the others needs. False: the filter is not a valid expression, or no selected cell is left;
 * the cause was printed. The caller frees the cells in both cases.
 */
bool cells_filter(struct cells *cells, const struct options *options);

/*
 * Gives the cell the strategy, real runtime or limit of that number: its loops, limit, real and
 * strategy. False: there are not so many.
 */
bool cells_subject(struct cell *cell, uint64_t number);

/* The name of what cells_subject gave the cell. */
const char *cells_strategy_name(const struct cell *cell);

/* Warns about each strategy that runs with a lesser variant. */
void cells_warn(const struct cells *cells);

/* Reports whether the cell is a floor or a limit, which accompany the strategies. */
bool cells_is_floor(const struct cell *cell);

/* Fills the columns of a cleared row that say what the cell is. */
void cells_fill(struct csv_row *row, const struct cell *cell);

/* The cell of that name, or NULL. */
const struct cell *cells_find(const struct cells *cells, const char *name);

/* Names a cell and adds it, unless there is one of that name. False: no memory. */
bool cells_add(struct cells *cells, struct cell *cell);

/* Frees what the cell owns. The cell must not be used afterwards. */
void cells_drop(struct cell *cell);

#endif
