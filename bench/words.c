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

/* Prints one line with the valid names: name(0), name(1) ... until NULL. Does not return. */
static void refuse(struct argp_state *state, const char *what, const char *word, const char *(*name)(int i))
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	for (int i = 0; f != NULL && name(i) != NULL; i++)
		fprintf(f, " %s", name(i));
	bool listed = f != NULL && fclose(f) == 0;
	argp_failure(state, 2, 0, "unknown %s '%s'; valid:%s", what, word, listed ? text : " see --list");
	free(text);
}

static const char *const *offered;
static int offered_count;

static const char *offered_name(int i)
{
	return i < offered_count ? offered[i] : NULL;
}

/* The index of a name. If it is not one of names, lists them and does not return. */
static uint64_t need_name(struct argp_state *state, const char *what, const char *const *names, int count, const char *name)
{
	int i = find_name(names, count, name);
	if (i >= 0)
		return (uint64_t)i;
	offered = names;
	offered_count = count;
	refuse(state, what, name, offered_name);
	return 0;
}

static const char *workload_name(int i)
{
	return workload_all[i] == NULL ? NULL : workload_all[i]->name;
}

uint64_t words_workload(struct argp_state *state, const char *word)
{
	int i = workload_find(word);
	if (i < 0)
		refuse(state, "workload", word, workload_name);
	return (uint64_t)i;
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
		argp_failure(state, 2, 0, "'%s' is too small: it must be at least 1", word);
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
		argp_failure(state, 2, 0, "'%s' is not a time of at least 1s, such as 30s, 4m or 1h", word);
	return value * seconds[unit - units];
}

void words_list(struct argp_state *state, char *arg, struct options_list *list, words_need *need)
{
	list->count = 0;
	for (char *word; (word = strsep(&arg, ",")) != NULL;) {
		if (list->count == OPTIONS_LIST)
			argp_failure(state, 2, 0, "at most %d values are allowed in a list", OPTIONS_LIST);
		list->value[list->count++] = need(state, word);
	}
}

/* The names of strategies, real runtimes and limits, in that order. */
static const char *strategy_name(int i)
{
	for (const struct loops *const *l = loops_all; *l != NULL; l++)
		if (i-- == 0)
			return (*l)->strategy->name;
	for (const struct real *r = real_all; r->version != NULL; r++)
		if (i-- == 0)
			return r->loops.strategy->name;
	for (const struct loops_limit *l = loops_limits; l->name != NULL; l++)
		if (i-- == 0)
			return l->name;
	return NULL;
}

static bool is_strategy(const char *name)
{
	int i = 0;
	while (strategy_name(i) != NULL && strcmp(strategy_name(i), name) != 0)
		i++;
	return strategy_name(i) != NULL;
}

void words_strategies(struct argp_state *state, char *arg, struct options *o)
{
	o->strategy_count = 0;
	for (char *word; (word = strsep(&arg, ",")) != NULL;) {
		if (!is_strategy(word))
			refuse(state, "strategy", word, strategy_name);
		if (o->strategy_count == OPTIONS_LIST)
			argp_failure(state, 2, 0, "at most %d strategies are allowed", OPTIONS_LIST);
		o->strategies[o->strategy_count++] = word;
	}
}
