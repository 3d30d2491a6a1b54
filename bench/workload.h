/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workload is a question and the code of its block. To add one, write one file and add its name
 * to bench/meson.build. Options, cells, CSV and tables follow. It writes its results into the row;
 * columns that it does not set stay empty.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "cells.h"
#include "csv.h"
#include "units.h"

/* The row of a block. Only the columns of the cell, the run and the machine are set. */
struct workload_run {
	const struct cell *cell;
	const struct topology *topology;
	uint32_t window_us;
	const _Atomic bool *abort; /* true ends the block early; its result is discarded */
	struct csv_row *row;
	struct histogram *samples; /* empty; samples added here are written as .hgrm, with those of the cell's other blocks */
};

enum workload_status {
	WORKLOAD_DONE,
	WORKLOAD_NOISY,  /* done, but disturbed by the workload's own rule, which uses the kernel's figures: retry */
	WORKLOAD_FAILED, /* the cause was printed */
	WORKLOAD_HUNG,   /* threads are still running, so the process should exit; their state was printed */
};

/* A quantity that the full table shows for each number of threads. */
struct workload_quantity {
	const char *heading;
	const char *column; /* name in the CSV */
	size_t offset;      /* of a double in struct csv_row */
	enum units unit;
	bool latency; /* below three clock steps it is shown as "less than" */
};
#define WORKLOAD_QUANTITY(heading, column, unit)                                                                                           \
	{                                                                                                                                  \
		heading, #column, offsetof(struct csv_row, column), unit, false                                                            \
	}
/* Hold and think between two clock reads, in ns. */
#define WORKLOAD_LATENCY(heading, column)                                                                                                  \
	{                                                                                                                                  \
		heading, #column, offsetof(struct csv_row, column), UNITS_NS, true                                                         \
	}

/* The thread counts of a group: relative to the machine's CPUs, or explicit. */
enum workload_threads {
	WORKLOAD_ONE,
	WORKLOAD_ENDS,      /* 1 and all CPUs */
	WORKLOAD_SCALE,     /* 1, 2, 4 ... all CPUs */
	WORKLOAD_CPUS,      /* all CPUs */
	WORKLOAD_OVER,      /* 4 and 32 per CPU */
	WORKLOAD_OVER_MOST, /* 32 per CPU */
	WORKLOAD_OVER_ALL,  /* 2, 4, 8 ... 32 per CPU */
	WORKLOAD_COUNTS,    /* the group's counts */
};

enum { WORKLOAD_LIST = 1 << RIG_LIST, WORKLOAD_CALLBACK = 1 << RIG_CALLBACK };

#define WORKLOAD_VALUES 6
#define WORKLOAD_FIFO_MAX 32 /* with more threads per CPU, a first-come-first-served m may pass from sleeper to sleeper for ever */

/*
 * A part of a set. Axes of some workloads only (waitings and below) are left out of other
 * workloads' cells.
 */
struct workload_group {
	enum options_set set;
	unsigned levels; /* bits: WORKLOAD_LIST, WORKLOAD_CALLBACK */
	enum workload_threads threads;
	uint32_t counts[WORKLOAD_VALUES]; /* for WORKLOAD_COUNTS, ascending; ends with 0 */
	bool all_placements;
	struct {
		uint32_t hold_ns, think_ns;
	} gaps[WORKLOAD_VALUES];
	uint32_t gap_count; /* 0: one gap of 0 ns */
	uint32_t prefill;   /* 0: threads + 1, since Go keeps one more than the most in use */
	uint32_t repetitions, block_ms;
	uint32_t in_round;                             /* blocks of a cell; 0: one */
	unsigned waitings;                             /* bits 1 << enum waiting; 0: as the strategy is compiled */
	unsigned refills;                              /* bits 1 << enum needm_refill_policy; 0: as in Go, and not shown */
	uint32_t loads[WORKLOAD_VALUES];               /* percent of the measured peak; ends with 0 */
	unsigned arrivals;                             /* bits 1 << enum cells_arrivals */
	uint32_t values[WORKLOAD_VALUES], value_count; /* on the workload's own axis */
};

/* A workload's own numeric axis. */
struct workload_axis {
	const char *word; /* the column's name, used in cell names and tables too */
	size_t offset;    /* offset of that COUNT in struct csv_row */
};

struct workload {
	const char *name;
	const char *question;                       /* the table's heading */
	const struct workload_quantity *quantities; /* ends with a NULL heading */
	const struct workload_group *groups;        /* ends with one without repetitions */
	uint32_t threads_max;                       /* per CPU; 0: no limit */
	uint32_t fifo_max;                          /* the same for first-come-first-served strategies; 0: WORKLOAD_FIFO_MAX */
	struct workload_axis axis;                  /* NULL word: no own axis */
	bool clean_windows;                         /* only clean windows count: see environment_judge */
	bool tokens;                                /* callbacks need a processor; there is one for each CPU */
	/*
	 * Runs one block on a fresh list, checks that no m was lost, and fills the row. Not
	 * thread-safe.
	 */
	enum workload_status (*run)(struct workload_run *run);
	/* The same on cell->real, in a forked process (see real.h). NULL: not for real runtimes. */
	enum workload_status (*run_real)(struct workload_run *run);
};

/* All workloads of this build, in the order of bench/meson.build. Ends with NULL. */
extern const struct workload *const workload_all[];
#define EXTRAM_WORKLOAD(name) extern const struct workload workload_##name;
#include "workloads.inc"
#undef EXTRAM_WORKLOAD

/* The thread counts of a group on a machine with that many CPUs, ascending. */
struct options_list workload_thread_counts(const struct workload_group *group, uint64_t cpus);

/* The most threads per CPU for a strategy in a workload. */
uint32_t workload_strategy_threads(const struct workload *workload, const struct extram_strategy *strategy);

/* The index in workload_all of a workload, or -1. */
int workload_find(const char *name);

/* Makes a cell's list and fills it. See rig_new. */
struct rig *workload_rig(const struct workload_run *run);

/* Fills ms_created, ms_retained, bytes_per_m, variant and fallback. No thread may use the rig. */
void workload_fill_rig(struct csv_row *row, struct rig *rig);

/* Fills the percentiles and the number of samples of a histogram of ticks. */
void workload_fill_tail(struct csv_row *row, const struct histogram *h);

/* A quantile in ns. NAN: fewer than 100 samples lie above it. */
double workload_quantile(const struct histogram *h, double q);

#endif
