/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of extram-bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "needm.h"
#include "topology.h"

#define OPTIONS_FILES 64 /* most files for --table */
#define OPTIONS_LIST 64  /* most values of one axis */

enum cells_arrivals { CELLS_FIXED, CELLS_POISSON, CELLS_ARRIVALS };
enum options_table { OPTIONS_NO_TABLE, OPTIONS_SCREEN, OPTIONS_FULL_TABLE }; /* NO: option not given */
enum options_set {
	OPTIONS_DEFAULT, /* the headline questions, in a fixed time */
	OPTIONS_SMOKE,   /* the same, shorter */
	OPTIONS_FIELD,   /* every strategy and workload */
	OPTIONS_EVERY,   /* the same once, in short blocks: a check that everything runs */
	OPTIONS_FULL,    /* every axis */
};

/* Values of an axis. count 0: not given; the set decides. */
struct options_list {
	uint64_t value[OPTIONS_LIST];
	uint32_t count;
};

struct options {
	enum options_set set;
	const char *strategies[OPTIONS_LIST]; /* names in loops_all and loops_limits */
	uint32_t strategy_count;
	struct options_list workloads, levels, threads, placements, holds, thinks, prefills; /* workloads: indices of workload_all */
	struct options_list waitings, refills, loads, arrivals, values;                      /* only for workloads that have them */
	double seconds;                                                                      /* 0: not given */
	uint32_t repetitions, block_ms;                                                      /* 0: the set decides */
	uint32_t window_us;
	const char *replay;  /* a trace to replay alone, or NULL */
	uint32_t speed;      /* replay speed */
	const char *filter;  /* POSIX extended regular expression for cell names, or NULL */
	bool filter_out;     /* select the cells that do not match */
	const char *output;  /* FILE.csv; NULL: results/TIME.csv */
	const char *results; /* folder */
	enum options_table table;
	const char *files[OPTIONS_FILES]; /* to print with --table */
	uint32_t file_count;
	bool only; /* without the floors and limits that a comparison needs */
	bool list, serve, force, emulated;
};

const char *options_refill_name(enum needm_refill_policy refill);
const char *options_arrivals_name(enum cells_arrivals arrivals);
const char *options_set_name(enum options_set set);

/*
 * Parses the command line. Like argp, it prints help and exits the process itself; with status 2 on
 * an error.
 */
void options_parse(struct options *options, int argc, char **argv);

/* Appends a value if it is larger than all in the list; otherwise does nothing. */
void options_append(struct options_list *list, uint64_t value);

/* Reports whether the value is in the list, or no list was given. */
bool options_selected(const struct options_list *list, uint64_t value);

/* Reports whether the strategy or limit was named, or no names were given. */
bool options_strategy_selected(const struct options *options, const char *name);

#endif
