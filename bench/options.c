/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <argp.h>
#include <stddef.h>
#include <string.h>

#include "build.h"
#include "version.h"
#include "words.h"

enum {
	KEY_HOLD = 256,
	KEY_THINK,
	KEY_PREFILL,
	KEY_BLOCK,
	KEY_WINDOW,
	KEY_FILTER,
	KEY_RESULTS,
	KEY_FORCE,
	KEY_EMULATED,
	KEY_WAITING,
	KEY_REFILL,
	KEY_LOAD,
	KEY_ARRIVALS,
	KEY_SERVE,
	KEY_VALUE,
	KEY_REPLAY,
	KEY_SPEED,
	KEY_GOOGLE_FILTER,
	KEY_TIME,
	KEY_ONLY,
	KEY_TABLE
};

const char *argp_program_version = "extram-bench " BUILD_VERSION " (" VERSION_GIT_REV ")";

static const char doc[] =
    "Measures strategies for the list of spare ms that threads of C use to call into a runtime.\v"
    "A LIST is separated by commas. --strategy, --workload and --level select from the set. The other LIST options replace "
    "the set's values. Some options of google-benchmark work too: --benchmark_out=FILE and its companions, "
    "--benchmark_enable_random_interleaving and --benchmark_filter.\n\n"
    "Exit status: 0 success; 1 a block failed (a lost m, no memory); 2 bad usage or another error, such as a full disk; "
    "130 interrupted (finished blocks are kept).";

static const struct argp_option argp_options[] = {
    {"set", 's', "NAME", 0,
     "what to measure: default (the headline questions, 4 minutes), smoke (the same in 30 seconds), field (every strategy and workload), "
     "every (one short block of each field cell, as a check) or full (all values of all axes)",
     1},
    {"time", KEY_TIME, "TIME", 0, "how long to measure: 30s, 4m, 1h", 1},
    {"only", KEY_ONLY, NULL, 0, "skip the floors and limits that comparisons need", 1},
    {"list", 'l', NULL, 0, "print the strategies, workloads, limits and selected cells, and exit", 1},
    {"filter", KEY_FILTER, "REGEX", 0, "measure only cells whose name matches; --list prints names", 1},
    {"benchmark_filter", KEY_GOOGLE_FILTER, "REGEX", OPTION_HIDDEN, "google-benchmark's filter: -REGEX excludes what matches", 1},
    {"serve", KEY_SERVE, NULL, 0, "read commands from standard input, for compare/ab.py", 1},
    {"strategy", 'S', "LIST", 0, "strategies or limits", 2},
    {"workload", 'w', "LIST", 0, "workloads; --list prints them", 2},
    {"level", 'L', "LIST", 0, "list (get and put only) or callback (needm, refill and dropm)", 2},
    {"threads", 't', "LIST", 0, "thread counts; at most 32 per CPU", 3},
    {"placement", 'p', "LIST", 0, "where threads run: compact, scatter, smt or none", 3},
    {"hold", KEY_HOLD, "LIST", 0, "mean ns from get to put", 3},
    {"think", KEY_THINK, "LIST", 0, "mean ns from put to get", 3},
    {"prefill", KEY_PREFILL, "LIST", 0, "ms on the list at the start; 0: threads + 1", 3},
    {"waiting", KEY_WAITING, "LIST", 0, "how a get waits: poll, backoff or futex", 3},
    {"refill", KEY_REFILL, "LIST", 0, "how many ms a refill makes: go, one, double or low_water", 3},
    {"load", KEY_LOAD, "LIST", 0, "arrival rate, in percent of the measured peak", 3},
    {"arrivals", KEY_ARRIVALS, "LIST", 0, "arrivals: fixed or poisson", 3},
    {"value", KEY_VALUE, "LIST", 0, "churn: callbacks of each thread; storm: signals per second", 3},
    {"replay", KEY_REPLAY, "FILE", 0, "replay the callbacks of a recorded program", 3},
    {"speed", KEY_SPEED, "N", 0, "replay N times as fast (default 1)", 3},
    {"table", KEY_TABLE, "screen|full", 0, "print the one screen or every cell; with files, print those and exit", 1},
    {"repetitions", 'r', "N", 0, "blocks of each cell", 4},
    {"block-ms", KEY_BLOCK, "N", 0, "length of a block in ms", 4},
    {"window-us", KEY_WINDOW, "N", 0, "length of a window in us (default 2000)", 4},
    {"output", 'o', "FILE.csv", 0, "result file", 5},
    {"results", KEY_RESULTS, "DIR", 0, "folder for a result file named by the time (default results)", 5},
    {"force", KEY_FORCE, NULL, 0, "replace an existing result file", 5},
    {"emulated", KEY_EMULATED, NULL, 0, "mark the rows as emulated (qemu-user is detected automatically)", 5},
    {0},
};

#define AXIS(key, list, need)                                                                                                              \
	{                                                                                                                                  \
		key, offsetof(struct options, list), need                                                                                  \
	}

static error_t parse_axis(int key, char *arg, struct argp_state *state)
{
	static const struct {
		int key;
		size_t offset;
		words_need *need;
	} axes[] = {
	    AXIS('w', workloads, words_workload),         AXIS('L', levels, words_level),
	    AXIS('t', threads, words_positive),           AXIS('p', placements, words_placement),
	    AXIS(KEY_HOLD, holds, words_number),          AXIS(KEY_THINK, thinks, words_number),
	    AXIS(KEY_PREFILL, prefills, words_number),    AXIS(KEY_WAITING, waitings, words_waiting),
	    AXIS(KEY_REFILL, refills, words_refill),      AXIS(KEY_LOAD, loads, words_positive),
	    AXIS(KEY_ARRIVALS, arrivals, words_arrivals), AXIS(KEY_VALUE, values, words_number),
	};
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
		if (axes[i].key == key) {
			words_list(state, arg, (struct options_list *)((char *)state->input + axes[i].offset), axes[i].need);
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static void set_filter(struct argp_state *state, const char *regex, bool out)
{
	struct options *o = state->input;
	if (o->filter != NULL)
		argp_failure(state, 2, 0, "two filters are given, '%s' and '%s'; only one is allowed", o->filter, regex);
	o->filter = regex;
	o->filter_out = out;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 's':
		o->set = (enum options_set)words_set(state, arg);
		return 0;
	case 'S':
		words_strategies(state, arg, o);
		return 0;
	case 'l':
		o->list = true;
		return 0;
	case 'r':
		o->repetitions = (uint32_t)words_positive(state, arg);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_BLOCK:
		o->block_ms = (uint32_t)words_positive(state, arg);
		return 0;
	case KEY_WINDOW:
		o->window_us = (uint32_t)words_positive(state, arg);
		return 0;
	case KEY_TIME:
		o->seconds = words_seconds(state, arg);
		return 0;
	case KEY_ONLY:
		o->only = true;
		return 0;
	case KEY_REPLAY:
		o->replay = arg;
		return 0;
	case KEY_SPEED:
		o->speed = (uint32_t)words_positive(state, arg);
		return 0;
	case KEY_FILTER:
		set_filter(state, arg, false);
		return 0;
	case KEY_GOOGLE_FILTER:
		if (arg[0] != '\0' && strcmp(arg, "all") != 0)
			set_filter(state, arg + (arg[0] == '-'), arg[0] == '-');
		return 0;
	case KEY_RESULTS:
		o->results = arg;
		return 0;
	case KEY_SERVE:
		o->serve = true;
		return 0;
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_EMULATED:
		o->emulated = true;
		return 0;
	case KEY_TABLE:
		o->table = (enum options_table)words_table(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->file_count == OPTIONS_FILES)
			argp_failure(state, 2, 0, "at most %d files are allowed", OPTIONS_FILES);
		o->files[o->file_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->file_count > 0 && o->table == OPTIONS_NO_TABLE)
			argp_failure(state, 2, 0, "'%s': a file needs --table; see --help", o->files[0]);
		return 0;
	default:
		return parse_axis(key, arg, state);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = {argp_options, parse_option, "[FILE.csv...]", doc, NULL, NULL, NULL};
	*options = (struct options){.window_us = 2000, .speed = 1, .results = "results"};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}

void options_append(struct options_list *list, uint64_t value)
{
	if (list->count < OPTIONS_LIST && (list->count == 0 || list->value[list->count - 1] < value))
		list->value[list->count++] = value;
}

bool options_selected(const struct options_list *list, uint64_t value)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] == value)
			return true;
	return list->count == 0;
}

bool options_strategy_selected(const struct options *options, const char *name)
{
	for (uint32_t i = 0; i < options->strategy_count; i++)
		if (strcmp(options->strategies[i], name) == 0)
			return true;
	return options->strategy_count == 0;
}
