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
    "Compares ways to keep the spare ms that foreign threads borrow for a callback.\v"
    "Each LIST is comma-separated. An axis that is given replaces that axis in the set; --strategy, --workload and --level "
    "choose from it. Of google-benchmark's options, those on --benchmark_out=FILE, --benchmark_enable_random_interleaving and "
    "--benchmark_filter are taken.\n\nExit status: 0 done; 1 a block failed (lost an m, no memory); 2 bad usage, or anything else that "
    "fails, as a full disk; 130 "
    "interrupted, finished blocks kept.";

static const struct argp_option argp_options[] = {
    {"set", 's', "NAME", 0,
     "default (the headline questions, 4 minutes), smoke (the same, half a minute), field (every strategy and workload), every (the same "
     "once, to see that it runs) or full",
     1},
    {"time", KEY_TIME, "TIME", 0, "how long to measure, such as 30s, 4m or 1h", 1},
    {"only", KEY_ONLY, NULL, 0, "no floors and limits beside what is asked for; a comparison needs them", 1},
    {"list", 'l', NULL, 0, "print strategies, limits and the chosen cells; measure nothing", 1},
    {"filter", KEY_FILTER, "REGEX", 0, "only cells whose name matches, as --list prints it", 1},
    {"benchmark_filter", KEY_GOOGLE_FILTER, "REGEX", OPTION_HIDDEN, "as google-benchmark has it: -REGEX leaves out what matches", 1},
    {"serve", KEY_SERVE, NULL, 0, "measure by commands on standard input, one a line, as compare/ab.py sends them", 1},
    {"strategy", 'S', "LIST", 0, "strategies, or limits, by name", 2},
    {"workload", 'w', "LIST", 0, "workloads by name, as --list tells", 2},
    {"level", 'L', "LIST", 0, "list (get and put alone), callback (needm, refill, dropm)", 2},
    {"threads", 't', "LIST", 0, "numbers of threads, 1 to 32 for every CPU", 3},
    {"placement", 'p', "LIST", 0, "compact, scatter, smt, none", 3},
    {"hold", KEY_HOLD, "LIST", 0, "mean ns between get and put", 3},
    {"think", KEY_THINK, "LIST", 0, "mean ns between put and get", 3},
    {"prefill", KEY_PREFILL, "LIST", 0, "ms on the list at the start; 0 for threads + 1", 3},
    {"waiting", KEY_WAITING, "LIST", 0, "poll, backoff, futex: how a get waits, in workloads where that matters", 3},
    {"refill", KEY_REFILL, "LIST", 0, "go, one, double, low_water: how many ms a refill makes, in workloads that refill", 3},
    {"load", KEY_LOAD, "LIST", 0, "percent of the measured peak, for planned arrivals", 3},
    {"arrivals", KEY_ARRIVALS, "LIST", 0, "fixed, poisson", 3},
    {"value", KEY_VALUE, "LIST", 0, "of a workload's own axis: callbacks in a life (churn), signals a second (storm)", 3},
    {"replay", KEY_REPLAY, "FILE", 0, "only workload replay: the callbacks of a recorded program", 3},
    {"speed", KEY_SPEED, "N", 0, "replay N times as fast (1)", 3},
    {"table", KEY_TABLE, "screen|full", 0, "print the headline answers or every cell; with files, of those, and measure nothing", 1},
    {"repetitions", 'r', "N", 0, "blocks for each cell", 4},
    {"block-ms", KEY_BLOCK, "N", 0, "length of a block", 4},
    {"window-us", KEY_WINDOW, "N", 0, "length of a window (2000)", 4},
    {"output", 'o', "FILE.csv", 0, "where the rows go", 5},
    {"results", KEY_RESULTS, "DIR", 0, "folder for a file named by the time (results)", 5},
    {"force", KEY_FORCE, NULL, 0, "replace FILE.csv if it exists", 5},
    {"emulated", KEY_EMULATED, NULL, 0, "mark the rows as emulated (qemu-user is noticed without it)", 5},
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
		argp_failure(state, 2, 0, "one filter is taken, and two are given: '%s' and '%s'", o->filter, regex);
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
			argp_failure(state, 2, 0, "more than %d files", OPTIONS_FILES);
		o->files[o->file_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->file_count > 0 && o->table == OPTIONS_NO_TABLE)
			argp_failure(state, 2, 0, "'%s': files are read with --table alone; see --help", o->files[0]);
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
