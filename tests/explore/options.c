/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_ALL = 256, KEY_WAITING, KEY_STALE, KEY_SPURIOUS, KEY_SIGNALS, KEY_SCHEDULES, KEY_LEAST, KEY_SEED };

static const char doc[] =
    "Explores what threads may do to each other inside a strategy: which one runs, which store a load reads, which exchanges fail, "
    "where signal handlers run.\v"
    "With --mode=dfs every schedule within the bounds is run, shorter ones first; with pct and random, as many as time allows. A "
    "failure prints a schedule, which --replay runs again with every access.\n\n"
    "Exit status: 0 nothing found; 1 a failure; 2 bad usage.";

static const struct argp_option argp_options[] = {
    {"all", KEY_ALL, NULL, 0, "every strategy", 1},
    {"client", 'c', "NAME", 0, "only this client", 1},
    {"waiting", KEY_WAITING, NULL, 0, "only clients in which a get may have to wait", 1},
    {"list", 'l', "tsv", OPTION_ARG_OPTIONAL, "print strategies and clients, and explore nothing; tsv: for programs", 1},
    {"mode", 'm', "MODE", 0, "dfs, pct or random (dfs)", 2},
    {"preemptions", 'p', "N", 0, "preemptions, migrations and aborted sequences in a schedule (2); in pct the priority changes", 2},
    {"stale", KEY_STALE, "N", 0, "loads that return an old value (1)", 2},
    {"spurious", KEY_SPURIOUS, "N", 0, "exchanges and waits that fail for nothing (1)", 2},
    {"signals", KEY_SIGNALS, "N", 0, "signal handlers that run (1)", 2},
    {"seed", KEY_SEED, "N", 0, "of pct and random (1)", 2},
    {"seconds", 's', "S", 0, "at most, CPU time for a strategy and client (6); 0 for no limit", 3},
    {"schedules", KEY_SCHEDULES, "N", 0, "at most, for a strategy and client; 0 for no limit", 3},
    {"least", KEY_LEAST, "N", 0, "go on for up to ten times --seconds until so many are run; fail if they are not (0)", 3},
    {"replay", 'r', "SCHEDULE", 0, "run this schedule of one strategy and client, and print each access", 4},
    {0},
};

static uint64_t need_number(struct argp_state *state, const char *word, uint64_t limit)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || value > limit)
		argp_failure(state, 2, 0, "'%s' is not a whole number from 0 to %llu", word, (unsigned long long)limit);
	return value;
}

static double need_seconds(struct argp_state *state, const char *word)
{
	char *end;
	double value = strtod(word, &end);
	if (end == word || *end != '\0' || !(value >= 0 && value <= 1e9))
		argp_failure(state, 2, 0, "'%s' is not a number of seconds", word);
	return value;
}

static const struct client *need_client(struct argp_state *state, const char *name)
{
	const struct client *c;
	for (int i = 0; (c = clients_nth(i)) != NULL && strcmp(c->name, name) != 0; i++)
		;
	if (c == NULL)
		argp_failure(state, 2, 0, "no client '%s'; see --list", name);
	return c;
}

static const struct extram_strategy *need_strategy(struct argp_state *state, const char *name)
{
	const struct extram_strategy *s = extram_find(name);
	if (s == NULL)
		argp_failure(state, 2, 0, "no strategy '%s'; see --list", name);
	return s;
}

static enum search_mode need_mode(struct argp_state *state, const char *name)
{
	static const char *const names[] = {"dfs", "pct", "random"};
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return (enum search_mode)i;
	argp_failure(state, 2, 0, "no mode '%s': dfs, pct or random", name);
	return SEARCH_DFS;
}

static error_t parse_bound(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'p':
		o->search.bound[SEARCH_PREEMPTION] = (uint32_t)need_number(state, arg, 1000);
		return 0;
	case KEY_STALE:
		o->search.bound[SEARCH_STALE] = (uint32_t)need_number(state, arg, 1000);
		return 0;
	case KEY_SPURIOUS:
		o->search.bound[SEARCH_SPURIOUS] = (uint32_t)need_number(state, arg, 1000);
		return 0;
	case KEY_SIGNALS:
		o->search.bound[SEARCH_SIGNAL] = (uint32_t)need_number(state, arg, 1000);
		return 0;
	case KEY_SEED:
		o->search.seed = need_number(state, arg, UINT64_MAX - 1);
		return 0;
	case 's':
		o->seconds = need_seconds(state, arg);
		return 0;
	case KEY_SCHEDULES:
		o->schedules = need_number(state, arg, UINT64_MAX);
		return 0;
	case KEY_LEAST:
		o->least = need_number(state, arg, UINT64_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* At the end: checks that the options select something. */
static void check(struct argp_state *state, bool all)
{
	struct options *o = state->input;
	if (o->list)
		return;
	if (all == (o->strategy != NULL))
		argp_failure(state, 2, 0, "one STRATEGY or --all is needed; see --list");
	if (o->search.mode == SEARCH_REPLAY && (o->strategy == NULL || o->client == NULL))
		argp_failure(state, 2, 0, "a schedule is of one STRATEGY and one --client");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static bool all;
	struct options *o = state->input;
	switch (key) {
	case KEY_ALL:
		all = true;
		return 0;
	case 'c':
		o->client = need_client(state, arg);
		return 0;
	case KEY_WAITING:
		o->waiting = true;
		return 0;
	case 'l':
		if (arg != NULL && strcmp(arg, "tsv") != 0)
			argp_failure(state, 2, 0, "unknown list '%s'; valid: tsv", arg);
		o->list = true;
		o->list_tsv = arg != NULL;
		return 0;
	case 'm':
		o->search.mode = need_mode(state, arg);
		return 0;
	case 'r':
		o->search.mode = SEARCH_REPLAY;
		o->search.replay = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->strategy != NULL)
			argp_failure(state, 2, 0, "'%s': one strategy is enough", arg);
		o->strategy = need_strategy(state, arg);
		return 0;
	case ARGP_KEY_END:
		check(state, all);
		return 0;
	default:
		return parse_bound(key, arg, state);
	}
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = {argp_options, parse, "[STRATEGY]", doc, NULL, NULL, NULL};
	*options = (struct options){.seconds = 6, .search = {.seed = 1}};
	options->search.bound[SEARCH_PREEMPTION] = 2;
	options->search.bound[SEARCH_STALE] = 1;
	options->search.bound[SEARCH_SPURIOUS] = 1;
	options->search.bound[SEARCH_SIGNAL] = 1;
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
