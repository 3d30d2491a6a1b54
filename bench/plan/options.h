/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of extram-bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "workload.h"

#define OPTIONS_FILES 64 /* most files for --table */

enum options_table { OPTIONS_NO_TABLE, OPTIONS_SCREEN, OPTIONS_FULL_TABLE }; /* NO: option not given */

struct options {
	enum workload_set set;
	struct axes_list asked[AXES];   /* what each axis' option gave; empty: the set decides */
	double seconds;                 /* 0: not given */
	uint32_t repetitions, block_ms; /* 0: the set decides */
	uint32_t window_us;
	const char *replay;   /* a trace to replay alone, or NULL */
	uint32_t speed;       /* replay speed */
	const char *filter;   /* POSIX extended regular expression for cell names, or NULL */
	bool filter_out;      /* select the cells that do not match */
	const char *counters; /* events of libpfm4; NULL: this machine's default set */
	const char *topology; /* the description of a machine, for list; NULL: this machine */
	enum topology_kind core_kind;
	const char *output;  /* FILE.csv; NULL: results/TIME.csv */
	const char *results; /* folder */
	enum options_table table;
	const char *files[OPTIONS_FILES]; /* to print with --table */
	uint32_t file_count;
	bool only; /* without the floors and limits that a comparison needs */
	bool list, list_tsv, serve, force, emulated;
};

/*
 * Parses the command line. Like argp, it prints help and exits the process itself; with status 2 on
 * an error.
 */
void options_parse(struct options *options, int argc, char **argv);

#endif
