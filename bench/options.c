/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "rig.h"

enum { KEY_HOLD = 256, KEY_THINK, KEY_PREFILL, KEY_BLOCK, KEY_WINDOW, KEY_FILTER, KEY_RESULTS, KEY_FORCE, KEY_EMULATED, KEY_SERVE };

static const char *const workload_names[] = {"pair", "latency", "oversub", "limit"};
static const char *const level_names[] = {"list", "callback"};
static const char *const set_names[] = {"default", "smoke", "full"};

static const char doc[] =
    "Compares ways to keep the spare ms that foreign threads borrow for a callback.\v"
    "Each LIST is comma-separated. An axis that is given replaces that axis in the set; --strategy, --workload and --level "
    "choose from it. Options that begin with --benchmark_ go to google-benchmark (for example --benchmark_out=FILE for its "
    "JSON).\n\nExit status: 0 done; 1 a block failed (lost an m, no memory); 2 bad usage, or results cannot be written; 130 "
    "interrupted, finished blocks kept.";

static const struct argp_option argp_options[] = {
    {"set", 's', "NAME", 0, "default (4 minutes on two CPUs), smoke (30 s) or full (everything)", 1},
    {"list", 'l', NULL, 0, "print strategies, limits and the chosen cells; measure nothing", 1},
    {"filter", KEY_FILTER, "REGEX", 0, "only cells whose name matches, as --list prints it", 1},
    {"serve", KEY_SERVE, NULL, 0, "measure by commands on standard input, one a line, as compare/ab.py sends them", 1},
    {"strategy", 'S', "LIST", 0, "strategies, or limits, by name", 2},
    {"workload", 'w', "LIST", 0, "pair, latency, oversub, limit", 2},
    {"level", 'L', "LIST", 0, "list (get and put alone), callback (needm, refill, dropm)", 2},
    {"threads", 't', "LIST", 0, "numbers of threads, 1 to 32 for every CPU", 3},
    {"placement", 'p', "LIST", 0, "compact, scatter, smt, none", 3},
    {"hold", KEY_HOLD, "LIST", 0, "mean ns between get and put", 3},
    {"think", KEY_THINK, "LIST", 0, "mean ns between put and get", 3},
    {"prefill", KEY_PREFILL, "LIST", 0, "ms on the list at the start; 0 for threads + 1", 3},
    {"repetitions", 'r', "N", 0, "blocks for each cell", 4},
    {"block-ms", KEY_BLOCK, "N", 0, "length of a block", 4},
    {"window-us", KEY_WINDOW, "N", 0, "length of a window (2000)", 4},
    {"output", 'o', "FILE.csv", 0, "where the rows go", 5},
    {"results", KEY_RESULTS, "DIR", 0, "folder for a file named by the time (results)", 5},
    {"force", KEY_FORCE, NULL, 0, "replace FILE.csv if it exists", 5},
    {"emulated", KEY_EMULATED, NULL, 0, "mark the rows as emulated (qemu-user is noticed without it)", 5},
    {0},
};

const char *options_workload_name(enum cells_workload workload)
{
	return workload_names[workload];
}

const char *options_set_name(enum options_set set)
{
	return set_names[set];
}

static int find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static void print_names(const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		fprintf(stderr, " %s", names[i]);
	fputc('\n', stderr);
}

/* The index of a name that must be one of those; else the end, with the names listed. */
static uint64_t need_name(struct argp_state *state, const char *what, const char *const *names, int count, const char *name)
{
	int i = find_name(names, count, name);
	if (i >= 0)
		return (uint64_t)i;
	fprintf(stderr, "extram-bench: no %s '%s'. There are:", what, name);
	print_names(names, count);
	argp_failure(state, 2, 0, "unknown %s", what);
	return 0;
}

static uint64_t need_workload(struct argp_state *state, const char *word)
{
	return need_name(state, "workload", workload_names, CELLS_WORKLOADS, word);
}

static uint64_t need_level(struct argp_state *state, const char *word)
{
	return need_name(state, "level", level_names, 2, word);
}

static uint64_t need_placement(struct argp_state *state, const char *word)
{
	const char *names[TOPOLOGY_PLACEMENTS];
	for (int i = 0; i < TOPOLOGY_PLACEMENTS; i++)
		names[i] = topology_placement_name((enum topology_placement)i);
	return need_name(state, "placement", names, TOPOLOGY_PLACEMENTS, word);
}

static uint64_t need_number(struct argp_state *state, const char *word)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX)
		argp_failure(state, 2, 0, "'%s' is not a whole number from 0 to %u", word, UINT32_MAX);
	return value;
}

static uint64_t need_positive(struct argp_state *state, const char *word)
{
	uint64_t value = need_number(state, word);
	if (value == 0)
		argp_failure(state, 2, 0, "'%s': at least 1 is needed", word);
	return value;
}

static void parse_list(struct argp_state *state, char *arg, struct options_list *list, uint64_t (*need)(struct argp_state *, const char *))
{
	list->count = 0;
	for (char *word; (word = strsep(&arg, ",")) != NULL;) {
		if (list->count == OPTIONS_LIST)
			argp_failure(state, 2, 0, "more than %d values for one axis", OPTIONS_LIST);
		list->value[list->count++] = need(state, word);
	}
}

static bool is_strategy(const char *name)
{
	for (const struct loops *const *l = loops_all; *l != NULL; l++)
		if (strcmp((*l)->strategy->name, name) == 0)
			return true;
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		if (strcmp(l->name, name) == 0)
			return true;
	return false;
}

static void unknown_strategy(struct argp_state *state, const char *name)
{
	fprintf(stderr, "extram-bench: no strategy '%s'. There are:", name);
	for (const struct loops *const *l = loops_all; *l != NULL; l++)
		fprintf(stderr, " %s", (*l)->strategy->name);
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		fprintf(stderr, " %s", l->name);
	fputc('\n', stderr);
	argp_failure(state, 2, 0, "unknown strategy");
}

static void parse_strategies(struct argp_state *state, char *arg)
{
	struct options *o = state->input;
	o->strategy_count = 0;
	for (char *word; (word = strsep(&arg, ",")) != NULL;) {
		if (!is_strategy(word))
			unknown_strategy(state, word);
		if (o->strategy_count == OPTIONS_LIST)
			argp_failure(state, 2, 0, "more than %d strategies", OPTIONS_LIST);
		o->strategies[o->strategy_count++] = word;
	}
}

static error_t parse_axis(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'S':
		parse_strategies(state, arg);
		return 0;
	case 'w':
		parse_list(state, arg, &o->workloads, need_workload);
		return 0;
	case 'L':
		parse_list(state, arg, &o->levels, need_level);
		return 0;
	case 't':
		parse_list(state, arg, &o->threads, need_positive);
		return 0;
	case 'p':
		parse_list(state, arg, &o->placements, need_placement);
		return 0;
	case KEY_HOLD:
		parse_list(state, arg, &o->holds, need_number);
		return 0;
	case KEY_THINK:
		parse_list(state, arg, &o->thinks, need_number);
		return 0;
	case KEY_PREFILL:
		parse_list(state, arg, &o->prefills, need_number);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 's':
		o->set = (enum options_set)need_name(state, "set", set_names, 3, arg);
		return 0;
	case 'l':
		o->list = true;
		return 0;
	case 'r':
		o->repetitions = (uint32_t)need_positive(state, arg);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_BLOCK:
		o->block_ms = (uint32_t)need_positive(state, arg);
		return 0;
	case KEY_WINDOW:
		o->window_us = (uint32_t)need_positive(state, arg);
		return 0;
	case KEY_FILTER:
		o->filter = arg;
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
	case ARGP_KEY_ARG:
		argp_failure(state, 2, 0, "'%s': only options are understood; see --help", arg);
		return 0;
	default:
		return parse_axis(key, arg, state);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = {argp_options, parse_option, NULL, doc, NULL, NULL, NULL};
	*options = (struct options){.window_us = 2000, .results = "results"};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
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
