/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "version.h"

const char *argp_program_version = "extram-bench " BUILD_VERSION " (" VERSION_GIT_REV ")";

static const char doc[] =
    "Measures strategies for the list of spare ms that threads of C use to call into a runtime.\v"
    "A LIST is separated by commas. --strategy, --workload and --level select from the set. The other LIST options replace "
    "the set's values. Some options of google-benchmark work too: --benchmark_out=FILE and its companions, "
    "--benchmark_enable_random_interleaving and --benchmark_filter.\n\n"
    "Exit status: 0 success; 1 a block failed (a lost m, no memory); 2 bad usage or another error, such as a full disk; "
    "130 interrupted (finished blocks are kept).";

enum kind { FLAG, TEXT, COUNT, SECONDS, SET, TABLE, CORE_KIND, FILTER, GOOGLE_FILTER, LISTING, REFUSED };

struct choice {
	struct argp_option argp; /* key 0: no letter */
	enum kind kind;
	size_t field; /* offset in struct options */
};
#define AT(field) offsetof(struct options, field)

/* The options that are no axes. */
static const struct choice choices[] = {
    {{"set", 's', "NAME", 0,
      "what to measure: default (the headline questions, 4 minutes), smoke (the same in 30 seconds), field (every strategy and workload), "
      "every (one short block of each field cell, as a check) or full (all values of all axes)",
      1},
     SET,
     AT(set)},
    {{"time", 0, "TIME", 0, "how long to measure: 30s, 4m, 1h", 1}, SECONDS, AT(seconds)},
    {{"only", 0, NULL, 0, "skip the floors and limits that comparisons need", 1}, FLAG, AT(only)},
    {{"list", 'l', "tsv", OPTION_ARG_OPTIONAL, "print the strategies, workloads, limits and selected cells, and exit; tsv: for programs",
      1},
     LISTING,
     0},
    {{"filter", 0, "REGEX", 0, "measure only cells whose name matches; --list prints names", 1}, FILTER, 0},
    {{"benchmark_filter", 0, "REGEX", OPTION_HIDDEN, "google-benchmark's filter: -REGEX excludes what matches", 1}, GOOGLE_FILTER, 0},
    {{"serve", 0, NULL, 0, "read commands from standard input, for compare.ab", 1}, FLAG, AT(serve)},
    {{"value", 0, "LIST", OPTION_HIDDEN, "--value is --calls for churn and --signal-hz for storm", 3}, REFUSED, 0},
    {{"replay", 0, "FILE", 0, "replay the callbacks of a recorded program", 3}, TEXT, AT(replay)},
    {{"speed", 0, "N", 0, "replay N times as fast (default 1)", 3}, COUNT, AT(speed)},
    {{"table", 0, "screen|full", 0, "print the one screen or every cell; with files, print those and exit", 1}, TABLE, AT(table)},
    {{"repetitions", 'r', "N", 0, "blocks of each cell", 4}, COUNT, AT(repetitions)},
    {{"block-ms", 0, "N", 0, "length of a block in ms", 4}, COUNT, AT(block_ms)},
    {{"window-us", 0, "N", 0, "length of a window in us (default 2000)", 4}, COUNT, AT(window_us)},
    {{"core-kind", 0, "KIND", 0, "cores to use where they differ: performance (default), efficiency or all", 4}, CORE_KIND, 0},
    {{"counters", 0, "LIST", 0, "events to count per pair, by libpfm4's names; default: cycles, instructions and misses, where they can be",
      4},
     TEXT,
     AT(counters)},
    {{"topology", 0, "FILE|TEXT", 0,
      "with --list: plan for the machine that a file of hwloc's XML or a text such as package:2 core:8 describes", 4},
     TEXT,
     AT(topology)},
    {{"output", 'o', "FILE.csv", 0, "result file", 5}, TEXT, AT(output)},
    {{"results", 0, "DIR", 0, "folder for a result file named by the time (default results)", 5}, TEXT, AT(results)},
    {{"force", 0, NULL, 0, "replace an existing result file", 5}, FLAG, AT(force)},
    {{"emulated", 0, NULL, 0, "mark the rows as emulated (qemu-user is detected automatically)", 5}, FLAG, AT(emulated)},
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

enum { KEY_CHOICE = 256, KEY_AXIS = KEY_CHOICE + CHOICES };

static int choice_key(size_t i)
{
	return choices[i].argp.key != 0 ? choices[i].argp.key : KEY_CHOICE + (int)i;
}

static int axis_key(enum axes axis)
{
	return axes_all[axis].key != 0 ? axes_all[axis].key : KEY_AXIS + (int)axis;
}

/* Lists of words: an axis, or one of these. */
enum { SETS = AXES, TABLES, CORE_KINDS };

/* NULL: there are not so many. */
static const char *word(int list, int i)
{
	static const char *const sets[] = {"default", "smoke", "field", "every", "full", NULL};
	static const char *const tables[] = {"screen", "full", NULL};
	struct cell cell;
	switch (list) {
	case AXES_workload:
		return workload_all[i] == NULL ? NULL : workload_all[i]->name;
	case AXES_strategy:
		return cells_subject(&cell, (uint64_t)i) ? cells_strategy_name(&cell) : NULL;
	case SETS:
		return sets[i];
	case TABLES:
		return tables[i];
	case CORE_KINDS:
		return i <= TOPOLOGY_ALL_KINDS ? topology_kind_name((enum topology_kind)i) : NULL;
	default:
		return axes_all[list].words[i];
	}
}

/* Prints one line with the valid words. Does not return. */
static void refuse(struct argp_state *state, int list, const char *wrong)
{
	static const char *const others[] = {"set", "table", "kind of cores"};
	const char *what = list >= SETS ? others[list - SETS] : axes_all[list].option;
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	for (int i = 0; f != NULL && word(list, i) != NULL; i++)
		fprintf(f, " %s", word(list, i));
	bool listed = f != NULL && fclose(f) == 0;
	argp_failure(state, 2, 0, "unknown %s '%s'; valid:%s", what, wrong, listed ? text : " see --list");
	free(text);
}

/* The functions below do not return if the text is bad. */

static uint64_t parse_word(struct argp_state *state, int list, const char *text)
{
	int i = 0;
	while (word(list, i) != NULL && strcmp(word(list, i), text) != 0)
		i++;
	if (word(list, i) == NULL)
		refuse(state, list, text);
	return (uint64_t)i;
}

static uint64_t parse_number(struct argp_state *state, const char *text, bool positive)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX)
		argp_failure(state, 2, 0, "'%s' is not a whole number from 0 to %u", text, UINT32_MAX);
	else if (positive && value == 0)
		argp_failure(state, 2, 0, "'%s' is too small: it must be at least 1", text);
	return value;
}

static double parse_seconds(struct argp_state *state, const char *text)
{
	static const char units[] = "smh";
	static const double seconds[] = {1, 60, 3600};
	char *end;
	errno = 0;
	double value = strtod(text, &end);
	const char *unit = *end == '\0' ? units : strchr(units, *end);
	bool ok = text[0] >= '0' && text[0] <= '9' && errno == 0 && unit != NULL && (*end == '\0' || end[1] == '\0');
	if (!ok || value * seconds[unit - units] < 1 || value * seconds[unit - units] > 1e6)
		argp_failure(state, 2, 0, "'%s' is not a time of at least 1s, such as 30s, 4m or 1h", text);
	return value * seconds[unit - units];
}

static error_t parse_axis(struct argp_state *state, enum axes axis, char *arg)
{
	struct axes_list *list = &((struct options *)state->input)->asked[axis];
	enum axes_values values = axes_all[axis].values;
	list->count = 0;
	for (char *text; (text = strsep(&arg, ",")) != NULL;) {
		if (list->count == AXES_VALUES)
			argp_failure(state, 2, 0, "at most %d values are allowed in a list", AXES_VALUES);
		list->value[list->count++] = values == AXES_NUMBER || values == AXES_POSITIVE
						 ? parse_number(state, text, values == AXES_POSITIVE)
						 : parse_word(state, (int)axis, text);
	}
	return 0;
}

static void set_filter(struct argp_state *state, const char *regex, bool out)
{
	struct options *o = state->input;
	if (o->filter != NULL)
		argp_failure(state, 2, 0, "two filters are given, '%s' and '%s'; only one is allowed", o->filter, regex);
	o->filter = regex;
	o->filter_out = out;
}

static void set_list(struct argp_state *state, const char *form)
{
	struct options *o = state->input;
	if (form != NULL && strcmp(form, "tsv") != 0)
		argp_failure(state, 2, 0, "unknown list '%s'; valid: tsv", form);
	o->list = true;
	o->list_tsv = form != NULL;
}

static error_t parse_choice(struct argp_state *state, const struct choice *choice, char *arg)
{
	struct options *o = state->input;
	void *field = (char *)o + choice->field;
	if (choice->kind == FLAG)
		*(bool *)field = true;
	else if (choice->kind == TEXT)
		*(const char **)field = arg;
	else if (choice->kind == COUNT)
		*(uint32_t *)field = (uint32_t)parse_number(state, arg, true);
	else if (choice->kind == SECONDS)
		*(double *)field = parse_seconds(state, arg);
	else if (choice->kind == SET)
		o->set = (enum workload_set)parse_word(state, SETS, arg);
	else if (choice->kind == TABLE)
		o->table = (enum options_table)(parse_word(state, TABLES, arg) + OPTIONS_SCREEN);
	else if (choice->kind == CORE_KIND)
		o->core_kind = (enum topology_kind)parse_word(state, CORE_KINDS, arg);
	else if (choice->kind == FILTER)
		set_filter(state, arg, false);
	else if (choice->kind == LISTING)
		set_list(state, arg);
	else if (choice->kind == REFUSED)
		argp_failure(state, 2, 0, "%s", choice->argp.doc);
	else if (arg[0] != '\0' && strcmp(arg, "all") != 0)
		set_filter(state, arg + (arg[0] == '-'), arg[0] == '-');
	return 0;
}

static error_t parse_file(struct argp_state *state, const char *path)
{
	struct options *o = state->input;
	if (o->file_count == OPTIONS_FILES)
		argp_failure(state, 2, 0, "at most %d files are allowed", OPTIONS_FILES);
	o->files[o->file_count++] = path;
	return 0;
}

static error_t parse_end(struct argp_state *state)
{
	const struct options *o = state->input;
	if (o->file_count > 0 && o->table == OPTIONS_NO_TABLE)
		argp_failure(state, 2, 0, "'%s': a file needs --table; see --help", o->files[0]);
	if (o->topology != NULL && !o->list)
		argp_failure(state, 2, 0, "--topology '%s': only --list can be of another machine", o->topology);
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	for (enum axes axis = 0; axis < AXES; axis++)
		if (axes_all[axis].option[0] != '\0' && axis_key(axis) == key)
			return parse_axis(state, axis, arg);
	for (size_t i = 0; i < CHOICES; i++)
		if (choice_key(i) == key)
			return parse_choice(state, &choices[i], arg);
	return key == ARGP_KEY_ARG ? parse_file(state, arg) : key == ARGP_KEY_END ? parse_end(state) : ARGP_ERR_UNKNOWN;
}

void options_parse(struct options *options, int argc, char **argv)
{
	struct argp_option all[CHOICES + AXES + 1] = {0};
	const struct argp argp = {all, parse_option, "[FILE.csv...]", doc, NULL, NULL, NULL};
	struct argp_option *next = all;
	for (size_t i = 0; i < CHOICES; i++) {
		*next = choices[i].argp;
		next++->key = choice_key(i);
	}
	/* The axes before the threads say what runs, the others how. */
	for (enum axes axis = 0; axis < AXES; axis++)
		if (axes_all[axis].option[0] != '\0')
			*next++ = (struct argp_option){axes_all[axis].option,      axis_key(axis), "LIST", 0, axes_all[axis].help,
						       axis < AXES_threads ? 2 : 3};
	*options = (struct options){.window_us = 2000, .speed = 1, .results = "results"};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
