/* SPDX-License-Identifier: BSD-3-Clause */
/* explore: runs every strategy with every client, schedule by schedule. */
#include <stdio.h>
#include <time.h>

#include "options.h"
#include "record.h"
#include "search.h"
#include "world.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other processes do not count */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void list(bool tsv)
{
	const char *strategy = tsv ? "strategy\t%s\t%s\n" : "  %-18s %s\n", *client = tsv ? "client\t%s\t%s\n" : strategy;
	fputs(tsv ? "kind\tname\tsummary\n" : "strategies\n", stdout);
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		printf(strategy, (*s)->name, (*s)->summary);
	fputs(tsv ? "" : "clients\n", stdout);
	const struct client *c;
	for (int i = 0; (c = clients_nth(i)) != NULL; i++)
		printf(client, c->name, c->summary);
}

static void print_bounds(void)
{
	printf("%u preemptions, %u stale, %u spurious, %u signals", search_bound(SEARCH_PREEMPTION), search_bound(SEARCH_STALE),
	       search_bound(SEARCH_SPURIOUS), search_bound(SEARCH_SIGNAL));
}

/* A strategy with a client. */
struct result {
	const struct extram_strategy *strategy;
	const struct client *client;
	uint64_t schedules;
	bool exhausted;
};

static void print_failure(const struct result *r)
{
	const char *strategy = r->strategy->name, *client = r->client->name;
	printf("%s, %s: FAILED in schedule %llu: %s\n", strategy, client, (unsigned long long)r->schedules, sim_failure);
	printf("history ([first-last visible step])\n");
	history_print(stdout);
	printf("schedule: ");
	search_print(stdout);
	printf("\nto see it: explore %s --client %s --replay ", strategy, client);
	search_print(stdout);
	printf("\n");
}

static bool stop(const struct options *o, uint64_t schedules, double start)
{
	if (o->schedules != 0 && schedules >= o->schedules)
		return true;
	double seconds = schedules < o->least ? 10 * o->seconds : o->seconds;
	return seconds > 0 && schedules % 256 == 0 && now() - start > seconds;
}

static void print_result(const struct options *o, const struct result *r, double seconds)
{
	static const char *const modes[] = {"dfs", "pct", "random", "replay"};
	printf("%-18s %-8s %-6s %10llu schedules %7.2f s %5.0f thousand/s  %-13s  ", r->strategy->name, r->client->name,
	       modes[o->search.mode], (unsigned long long)r->schedules, seconds, (double)r->schedules / seconds / 1e3,
	       r->exhausted ? "exhausted" : "not exhausted");
	print_bounds();
	printf("\n");
}

/* Reports whether enough schedules were run to prove something. */
static bool enough(const struct options *o, const struct result *r)
{
	if (r->exhausted || r->schedules >= o->least)
		return true;
	printf("%s, %s: FAILED: %llu schedules in the time, and --least demands %llu\n", r->strategy->name, r->client->name,
	       (unsigned long long)r->schedules, (unsigned long long)o->least);
	return false;
}

/* False: a failure. */
static bool explore(const struct options *o, const struct extram_strategy *s, const struct client *c)
{
	struct result r = {.strategy = s, .client = c};
	double start = now();
	bool good, more = true;
	search_start(&o->search);
	if (!world_open(s, c)) {
		fprintf(stderr, "explore: no memory for a list\n");
		return false;
	}
	do {
		r.schedules++;
		good = world_run();
	} while (good && (more = search_next()) && !stop(o, r.schedules, start));
	r.exhausted = !more && o->search.mode == SEARCH_DFS;
	if (good)
		print_result(o, &r, now() - start);
	else
		print_failure(&r);
	if (good && trace_on)
		history_print(stdout);
	world_close();
	good = good && enough(o, &r);
	fflush(stdout);
	return good;
}

static bool asked_for(const struct options *o, const struct extram_strategy *s, const struct client *c)
{
	bool client = o->client == NULL ? !c->by_name : o->client == c;
	/* A process has only one list of a floor. */
	client &= c->other == 0 || !(s->properties & EXTRAM_FLOOR);
	client &= !c->signals || s->bound != NULL;
	return client && (o->strategy == NULL || o->strategy == s) && (c->waiting || !o->waiting);
}

int main(int argc, char **argv)
{
	struct options o;
	const struct client *c;
	bool good = true;
	options_parse(&o, argc, argv);
	if (o.list) {
		list(o.list_tsv);
		return 0;
	}
	if (!search_start(&o.search)) {
		fprintf(stderr, "explore: '%s' is no schedule\n", o.search.replay);
		return 2;
	}
	trace_on = o.search.mode == SEARCH_REPLAY;
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		for (int i = 0; (c = clients_nth(i)) != NULL; i++)
			if (asked_for(&o, *s, c))
				good &= explore(&o, *s, c);
	return good ? 0 : 1;
}
