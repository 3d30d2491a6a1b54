/* SPDX-License-Identifier: BSD-3-Clause */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loops.h"
#include "real.h"
#include "rig.h"
#include "waiting.h"
#include "workload.h"

static const char *const level_names[] = {"list", "callback"};
static const char *const refill_names[] = {"go", "one", "double", "low_water"};
static const char *const arrivals_names[] = {"fixed", "poisson"};
static const char *const set_names[] = {"default", "smoke", "field", "every", "full"};

const char *options_refill_name(enum needm_refill_policy refill)
{
	return refill_names[refill];
}

const char *options_arrivals_name(enum cells_arrivals arrivals)
{
	return arrivals_names[arrivals];
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

uint64_t words_workload(struct argp_state *state, const char *word)
{
	int i = workload_find(word);
	if (i >= 0)
		return (uint64_t)i;
	fprintf(stderr, "extram-bench: no workload '%s'. There are:", word);
	for (const struct workload *const *w = workload_all; *w != NULL; w++)
		fprintf(stderr, " %s", (*w)->name);
	fputc('\n', stderr);
	argp_failure(state, 2, 0, "unknown workload");
	return 0;
}

uint64_t words_waiting(struct argp_state *state, const char *word)
{
	const char *names[WAITING_WAYS];
	for (int i = 0; i < WAITING_WAYS; i++)
		names[i] = waiting_name((enum waiting)i);
	return need_name(state, "way to wait", names, WAITING_WAYS, word);
}

uint64_t words_refill(struct argp_state *state, const char *word)
{
	return need_name(state, "refill policy", refill_names, 4, word);
}

uint64_t words_arrivals(struct argp_state *state, const char *word)
{
	return need_name(state, "kind of arrivals", arrivals_names, CELLS_ARRIVALS, word);
}

uint64_t words_table(struct argp_state *state, const char *word)
{
	static const char *const table_names[] = {"screen", "full"};
	return need_name(state, "table", table_names, 2, word) + OPTIONS_SCREEN;
}

uint64_t words_set(struct argp_state *state, const char *word)
{
	return need_name(state, "set", set_names, OPTIONS_FULL + 1, word);
}

uint64_t words_level(struct argp_state *state, const char *word)
{
	return need_name(state, "level", level_names, 2, word);
}

uint64_t words_placement(struct argp_state *state, const char *word)
{
	const char *names[TOPOLOGY_PLACEMENTS];
	for (int i = 0; i < TOPOLOGY_PLACEMENTS; i++)
		names[i] = topology_placement_name((enum topology_placement)i);
	return need_name(state, "placement", names, TOPOLOGY_PLACEMENTS, word);
}

uint64_t words_number(struct argp_state *state, const char *word)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX)
		argp_failure(state, 2, 0, "'%s' is not a whole number from 0 to %u", word, UINT32_MAX);
	return value;
}

uint64_t words_positive(struct argp_state *state, const char *word)
{
	uint64_t value = words_number(state, word);
	if (value == 0)
		argp_failure(state, 2, 0, "'%s': at least 1 is needed", word);
	return value;
}

double words_seconds(struct argp_state *state, const char *word)
{
	static const char units[] = "smh";
	static const double seconds[] = {1, 60, 3600};
	char *end;
	errno = 0;
	double value = strtod(word, &end);
	const char *unit = *end == '\0' ? units : strchr(units, *end);
	bool ok = word[0] >= '0' && word[0] <= '9' && errno == 0 && unit != NULL && (*end == '\0' || end[1] == '\0');
	if (!ok || value * seconds[unit - units] < 1 || value * seconds[unit - units] > 1e6)
		argp_failure(state, 2, 0, "'%s' is not a time from 1s on, such as 30s, 4m or 1h", word);
	return value * seconds[unit - units];
}

void words_list(struct argp_state *state, char *arg, struct options_list *list, words_need *need)
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
	for (const struct real *r = real_all; r->version != NULL; r++)
		if (strcmp(r->loops.strategy->name, name) == 0)
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
	for (const struct real *r = real_all; r->version != NULL; r++)
		fprintf(stderr, " %s", r->loops.strategy->name);
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		fprintf(stderr, " %s", l->name);
	fputc('\n', stderr);
	argp_failure(state, 2, 0, "unknown strategy");
}

void words_strategies(struct argp_state *state, char *arg, struct options *o)
{
	o->strategy_count = 0;
	for (char *word; (word = strsep(&arg, ",")) != NULL;) {
		if (!is_strategy(word))
			unknown_strategy(state, word);
		if (o->strategy_count == OPTIONS_LIST)
			argp_failure(state, 2, 0, "more than %d strategies", OPTIONS_LIST);
		o->strategies[o->strategy_count++] = word;
	}
}
