/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of extram-bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "needm.h"
#include "topology.h"

#define OPTIONS_FILES 64 /* to show */
#define OPTIONS_LIST 64  /* values that an axis may be given */

enum cells_arrivals { CELLS_FIXED, CELLS_POISSON, CELLS_ARRIVALS };
enum options_table { OPTIONS_NO_TABLE, OPTIONS_SCREEN, OPTIONS_FULL_TABLE }; /* NO: not given */
enum options_set {
	OPTIONS_DEFAULT, /* the headline questions, within a time */
	OPTIONS_SMOKE,   /* the same in short */
	OPTIONS_FIELD,   /* every strategy and workload */
	OPTIONS_EVERY,   /* the same once, in short blocks: does it all run? */
	OPTIONS_FULL,    /* every axis */
};

/* Values of an axis; count 0: not given, the set decides. */
struct options_list {
	uint64_t value[OPTIONS_LIST];
	uint32_t count;
};

struct options {
	enum options_set set;
	const char *strategies[OPTIONS_LIST]; /* into loops_all and loops_limits, by name */
	uint32_t strategy_count;
	struct options_list workloads, levels, threads, placements, holds, thinks, prefills; /* workloads: indices of workload_all */
	struct options_list waitings, refills, loads, arrivals, values;                      /* of the workloads that have them */
	double seconds;                                                                      /* 0: not given */
	uint32_t repetitions, block_ms;                                                      /* 0: the set decides */
	uint32_t window_us;
	const char *replay;  /* a trace, or NULL; then nothing else is measured */
	uint32_t speed;      /* of the replay */
	const char *filter;  /* POSIX extended regular expression on cell names, or NULL */
	bool filter_out;     /* only cells that do not match */
	const char *output;  /* FILE.csv, or NULL: a name by time in results */
	const char *results; /* folder */
	enum options_table table;
	const char *files[OPTIONS_FILES]; /* to show instead of measuring */
	uint32_t file_count;
	bool only; /* no floors and limits beside what was asked for */
	bool list, serve, force, emulated;
};

const char *options_refill_name(enum needm_refill_policy refill);
const char *options_arrivals_name(enum cells_arrivals arrivals);
const char *options_set_name(enum options_set set);

/* Parses; prints help and ends the process as argp does, with status 2 for what it does not understand. */
void options_parse(struct options *options, int argc, char **argv);

/* Appends a value that is larger than those in the list; others are left out. */
void options_append(struct options_list *list, uint64_t value);

/* Is the value in the list, or was no list given? */
bool options_selected(const struct options_list *list, uint64_t value);

/* Was the strategy, or limit, asked for by name, or none at all? */
bool options_strategy_selected(const struct options *options, const char *name);

#endif
