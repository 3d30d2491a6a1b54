/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A workload is a question and the code of its block. To add one, write one file and add its name
 * to results/workloads.def. Options, cells, CSV and tables follow. It writes its results into the
 * row; columns that it does not set stay empty.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "block.h"
#include "burst.h"
#include "cells.h"
#include "units.h"

struct question;

/* The row of a block. Only the columns of the cell, the run and the machine are set. */
struct workload_run {
	const struct cell *cell;
	const struct topology *topology;
	uint32_t window_us;
	const _Atomic bool *abort; /* true ends the block early; its result is discarded */
	struct csv_row *row;
	struct histogram *samples; /* empty; samples added here are written as .hgrm, with those of the cell's other blocks */
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
	WORKLOAD_CONTENDED, /* 2, half and all CPUs, if there are two */
	WORKLOAD_OVER,      /* 4 and 32 per CPU */
	WORKLOAD_OVER_MOST, /* 32 per CPU */
	WORKLOAD_OVER_ALL,  /* 2, 4, 8 ... 32 per CPU */
	WORKLOAD_COUNTS,    /* the group's counts */
};

enum { WORKLOAD_LIST = 1 << RIG_LIST, WORKLOAD_CALLBACK = 1 << RIG_CALLBACK, WORKLOAD_MACHINE = 1 << AXES_MACHINE };

enum workload_set {
	WORKLOAD_DEFAULT, /* the headline questions, in a fixed time */
	WORKLOAD_SMOKE,   /* the same, shorter */
	WORKLOAD_FIELD,   /* every strategy and workload */
	WORKLOAD_EVERY,   /* the same once, in short blocks: a check that everything runs */
	WORKLOAD_FULL,    /* every axis */
	WORKLOAD_SETS
};

#define WORKLOAD_VALUES 6
#define WORKLOAD_FIFO_MAX 32 /* with more threads per CPU, a first-come-first-served m may pass from sleeper to sleeper for ever */

/* Values that a group has on an axis. */
struct workload_list {
	const uint64_t *value;
	uint32_t count;
};
#define WORKLOAD_AT(...)                                                                                                                   \
	{                                                                                                                                  \
		(const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)                                \
	}

/* A part of a set. */
struct workload_group {
	enum workload_set set;
	unsigned levels; /* bits: WORKLOAD_LIST, WORKLOAD_CALLBACK; or WORKLOAD_MACHINE */
	enum workload_threads threads;
	uint32_t repetitions, block_ms;
	/* A group names the fields below. */
	uint32_t counts[WORKLOAD_VALUES]; /* for WORKLOAD_COUNTS, ascending; ends with 0 */
	bool all_placements;
	bool calibrates;  /* the limits that calibrate, too, within and across caches and packages; not in the smoke set */
	uint32_t at_most; /* blocks of a cell in a run whose time is given; 0: as many as there is time for */
	struct {
		uint32_t hold_ns, think_ns;
	} gaps[WORKLOAD_VALUES];
	uint32_t gap_count; /* 0: one gap of 0 ns */
	uint32_t prefill;   /* 0: threads + 1, since Go keeps one more than the most in use */
	uint32_t in_round;  /* blocks of a cell; 0: one */
	/* By the name of an axis of some cells only. Empty: the group's cells do not have it. */
	union {
		struct {
#define AXIS(name, ...) struct workload_list name;
#include "axes.def"
		};
		struct workload_list at[AXES];
	} vary;
};

struct workload {
	const char *name;
	const char *question;                       /* the table's heading */
	const struct workload_quantity *quantities; /* ends with a NULL heading */
	const struct workload_group *groups;        /* ends with one without repetitions */
	uint32_t threads_max;                       /* per CPU; 0: no limit */
	uint32_t fifo_max;                          /* the same for first-come-first-served strategies; 0: WORKLOAD_FIFO_MAX */
	bool clean_windows;                         /* only clean windows count: see environment_judge */
	bool tokens;                                /* callbacks need a processor; there is one for each CPU */
	bool limits;                                /* measures the machine's limits, not strategies */
	bool replays;                               /* a trace sets the threads and the length; nothing else is measured beside it */
	/*
	 * Runs one block on a fresh list, checks that no m was lost, and fills the row. Not
	 * thread-safe.
	 */
	enum block_status (*run)(struct workload_run *run);
	/* The same on cell->real, in a forked process (see real.h). NULL: not for real runtimes. */
	enum block_status (*run_real)(struct workload_run *run);
};

/* All workloads of this build, in the order of results/workloads.def. Ends with NULL. */
extern const struct workload *const workload_all[];
#define WORKLOAD(name) extern const struct workload workload_##name;
#include "workloads.def"
#undef WORKLOAD

/* The thread counts of a group on a machine with that many CPUs, ascending. */
struct axes_list workload_thread_counts(const struct workload_group *group, uint64_t cpus);

/* Reports whether the group is measured at the placement, beside the default one. */
bool workload_sweeps(const struct workload_group *group, enum topology_placement placement, const struct topology *topology);

/*
 * A group that asks a question of results/questions.def. Axes that it does not name come from the
 * workload's first field group at that level.
 */
struct workload_group workload_question(const struct workload *workload, const struct question *question, bool smoke);

/* Reports whether the workload can have that many threads. False: the cause was printed. */
bool workload_allows(const struct workload *workload, uint64_t threads, uint32_t cpus);

/* Reports whether what the cell measures supports it. Real Go has only its own refill policy. */
bool workload_fits(const struct cell *cell, uint32_t cpus);

/* The index in workload_all of a workload, or -1. */
int workload_find(const char *name);

/* Makes a cell's list and fills it. See rig_new. */
struct rig *workload_rig(const struct workload_run *run);

/*
 * A workload's body: runs its threads on the rig, and fills the row. rig is NULL for a real
 * runtime. context has the bytes asked for, zeroed. It stays valid for threads that hang.
 */
typedef enum block_status workload_body(struct workload_run *run, struct rig *rig, void *context);

/*
 * For run: makes the cell's list, calls the body, checks that no m was lost, and fills ms_created,
 * ms_retained, bytes_per_m, variant and fallback.
 */
enum block_status workload_on_rig(struct workload_run *run, workload_body *body, size_t bytes);

/*
 * Calls a body with a context, and rig. Frees the context unless the block hangs. For
 * workload_on_rig and real_on_list.
 */
enum block_status workload_call(struct workload_run *run, struct rig *rig, workload_body *body, size_t bytes);

/*
 * A plan filled from the cell and the run. rig may be NULL. kind: bits of a loop's index, beside
 * level and spin.
 */
struct block_plan workload_block_plan(const struct workload_run *run, struct rig *rig, int kind);

/* A plan for burst_run filled from the cell and the run, but for body and context. */
struct crew_plan workload_burst_plan(const struct workload_run *run);

/* Fills what every crew counts: bound, pairs, wall_ns, nvcsw, nivcsw, run_wait_ns, steal_ns. */
void workload_fill_total(struct csv_row *row, const struct crew_total *total);

/* Fills that, a block's windows, rate, CPU time and fairness, but not ns_per_pair. */
void workload_fill_block(struct csv_row *row, const struct block_result *result);

/* Fills that of a burst, its CPU time and all_in_ms. */
void workload_fill_burst(struct csv_row *row, const struct burst_result *result);

/* Fills the percentiles and the number of samples of a histogram of ticks. */
void workload_fill_tail(struct csv_row *row, const struct histogram *h);

/* The same for response times, without their number. */
void workload_fill_responses(struct csv_row *row, const struct histogram *h);

/* A quantile in ns. NAN: fewer than 100 samples lie above it. */
double workload_quantile(const struct histogram *h, double q);

#endif
