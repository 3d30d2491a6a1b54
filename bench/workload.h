/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workload: a question, and how a block of it is run. One file and one name in bench/meson.build: options, cells, CSV and table follow.
 * What it measures goes straight into the row; every column that it does not set stays empty.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "cells.h"
#include "csv.h"
#include "units.h"

/* The row's columns of a block are handed over empty but for the cell's own, the run's and the machine's. */
struct workload_run {
	const struct cell *cell;
	const struct topology *topology;
	uint32_t window_us;
	const _Atomic bool *abort; /* ends the block early when it becomes true; what was measured then is thrown away */
	struct csv_row *row;
	struct histogram *samples; /* handed over empty: what a workload adds is kept with the cell's other blocks and written as .hgrm */
};

enum workload_status {
	WORKLOAD_DONE,
	WORKLOAD_NOISY,  /* done, but disturbed by the workload's own rule, of the kernel's figures: worth another try */
	WORKLOAD_FAILED, /* the cause was printed */
	WORKLOAD_HUNG,   /* threads are still inside, so the process had better end; where they are was printed */
};

/* What a column under a number of threads shows in the table at the end. */
struct workload_quantity {
	const char *heading;
	const char *column; /* in the CSV */
	size_t offset;      /* of a double in struct csv_row */
	enum units unit;
	bool latency; /* below three clock steps there is only "less than" to say */
};
#define WORKLOAD_QUANTITY(heading, column, unit)                                                                                           \
	{                                                                                                                                  \
		heading, #column, offsetof(struct csv_row, column), unit, false                                                            \
	}
/* In ns, between two looks at the clock. */
#define WORKLOAD_LATENCY(heading, column)                                                                                                  \
	{                                                                                                                                  \
		heading, #column, offsetof(struct csv_row, column), UNITS_NS, true                                                         \
	}

/* Numbers of threads, relative to the CPUs of the machine; or as the group counts them. */
enum workload_threads {
	WORKLOAD_ONE,
	WORKLOAD_ENDS,      /* 1 and all CPUs */
	WORKLOAD_SCALE,     /* 1, 2, 4 ... all CPUs */
	WORKLOAD_CPUS,      /* all CPUs */
	WORKLOAD_OVER,      /* 4 and 32 for every CPU */
	WORKLOAD_OVER_MOST, /* 32 for every CPU */
	WORKLOAD_OVER_ALL,  /* 2, 4, 8 ... 32 for every CPU */
	WORKLOAD_COUNTS,    /* the group's counts */
};

enum { WORKLOAD_LIST = 1 << RIG_LIST, WORKLOAD_CALLBACK = 1 << RIG_CALLBACK };

#define WORKLOAD_VALUES 6
#define WORKLOAD_FIFO_MAX 32 /* beyond it an m that is served in order may go from sleeper to sleeper for ever */

/* A part of a set: what is measured together. Axes of one workload alone (waitings and below) are left out of the others' cells. */
struct workload_group {
	enum options_set set;
	unsigned levels; /* bits: WORKLOAD_LIST, WORKLOAD_CALLBACK */
	enum workload_threads threads;
	uint32_t counts[WORKLOAD_VALUES]; /* for WORKLOAD_COUNTS, ascending; ended by 0 */
	bool all_placements;
	struct {
		uint32_t hold_ns, think_ns;
	} gaps[WORKLOAD_VALUES];
	uint32_t gap_count; /* 0: one, of nothing */
	uint32_t prefill;   /* 0: threads + 1, as Go keeps one more than the most in use */
	uint32_t repetitions, block_ms;
	uint32_t in_round;                             /* blocks of a cell; 0: one */
	unsigned waitings;                             /* bits 1 << enum waiting; 0: as the strategy is compiled */
	unsigned refills;                              /* bits 1 << enum needm_refill_policy; 0: as Go, not shown */
	uint32_t loads[WORKLOAD_VALUES];               /* percent of the measured peak; ended by 0 */
	unsigned arrivals;                             /* bits 1 << enum cells_arrivals */
	uint32_t values[WORKLOAD_VALUES], value_count; /* of the workload's own axis */
};

/* An axis that a workload has for itself, of numbers. */
struct workload_axis {
	const char *word; /* the column's name, also in cell names and tables */
	size_t offset;    /* of that COUNT in struct csv_row */
};

struct workload {
	const char *name;
	const char *question;                       /* the table's heading */
	const struct workload_quantity *quantities; /* ended by a NULL heading */
	const struct workload_group *groups;        /* ended by one without repetitions */
	uint32_t threads_max;                       /* for each CPU; 0: any number */
	uint32_t fifo_max;                          /* the same for strategies that serve in order; 0: WORKLOAD_FIFO_MAX */
	struct workload_axis axis;                  /* without a word if there is none */
	bool clean_windows;                         /* its result is that of clean windows alone: see environment_judge */
	bool tokens;                                /* callbacks need a processor, of as many as there are CPUs */
	/* Runs one block on a fresh list, checks that no m was lost, and fills the row. Alone. */
	enum workload_status (*run)(struct workload_run *run);
	/* The same on cell->real, in its process: see real.h. NULL: no rows of real runtimes. */
	enum workload_status (*run_real)(struct workload_run *run);
};

/* All of this build, in the order of bench/meson.build, ended by NULL. */
extern const struct workload *const workload_all[];
#define EXTRAM_WORKLOAD(name) extern const struct workload workload_##name;
#include "workloads.inc"
#undef EXTRAM_WORKLOAD

/* The numbers of threads of a group on a machine with so many CPUs, ascending. */
struct options_list workload_thread_counts(const struct workload_group *group, uint64_t cpus);

/* Threads for each CPU that a strategy can take in a workload. */
uint32_t workload_strategy_threads(const struct workload *workload, const struct extram_strategy *strategy);

/* The index in workload_all of the workload of that name, or -1. */
int workload_find(const char *name);

/* A cell's list, filled; see rig_new. */
struct rig *workload_rig(const struct workload_run *run);

/* The rig's own columns: ms_created, ms_retained, bytes_per_m, variant, fallback. When all threads have left it. */
void workload_fill_rig(struct csv_row *row, struct rig *rig);

/* The percentiles of a histogram of ticks, and its samples. */
void workload_fill_tail(struct csv_row *row, const struct histogram *h);

/* A quantile in ns; NAN with fewer than 100 samples above it. */
double workload_quantile(const struct histogram *h, double q);

#endif
