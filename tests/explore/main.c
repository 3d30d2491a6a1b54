/* SPDX-License-Identifier: BSD-3-Clause */
/* explore: runs every strategy with every client, schedule by schedule. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "history.h"
#include "options.h"
#include "fibers.h"
#include "search.h"
#include "trace.h"
#include "world.h"

/* A broken strategy may leave a wild pointer in its list. The fiber's stack may be unusable. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fibers_fail("signal %d: an access to %p", sig, info->si_addr);
}

static void catch_crashes(void)
{
	static char stack[65536];
	struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other processes do not count */
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void list(void)
{
	printf("strategies\n");
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		printf("  %-18s %s\n", (*s)->name, (*s)->summary);
	printf("clients\n");
	for (const struct client *c = clients; c->name != NULL; c++)
		printf("  %-18s %s\n", c->name, c->summary);
}

static void print_bounds(void)
{
	printf("%u preemptions, %u stale, %u spurious", search_bound(SEARCH_PREEMPTION), search_bound(SEARCH_STALE),
	       search_bound(SEARCH_SPURIOUS));
}

static void print_failure(const struct extram_strategy *s, const struct client *c, uint64_t schedules)
{
	printf("%s, %s: FAILED in schedule %llu: %s\n", s->name, c->name, (unsigned long long)schedules, fibers_failure);
	printf("history ([first-last visible step])\n");
	history_print(stdout);
	printf("schedule: ");
	search_print(stdout);
	printf("\nto see it: explore %s --client %s --replay ", s->name, c->name);
	search_print(stdout);
	printf("\n");
	fflush(stdout);
}

static bool stop(const struct options *o, uint64_t schedules, double start)
{
	if (o->schedules != 0 && schedules >= o->schedules)
		return true;
	double seconds = schedules < o->least ? 10 * o->seconds : o->seconds;
	return seconds > 0 && schedules % 256 == 0 && now() - start > seconds;
}

static void print_result(const struct options *o, const struct extram_strategy *s, const struct client *c, uint64_t schedules,
			 double seconds, bool exhausted)
{
	static const char *const modes[] = {"dfs", "pct", "random", "replay"};
	printf("%-18s %-8s %-6s %10llu schedules %7.2f s %5.0f thousand/s  %-13s  ", s->name, c->name, modes[o->search.mode],
	       (unsigned long long)schedules, seconds, (double)schedules / seconds / 1e3, exhausted ? "exhausted" : "not exhausted");
	print_bounds();
	printf("\n");
	fflush(stdout);
}

/* Reports whether enough schedules were run to prove something. */
static bool enough(const struct options *o, const struct extram_strategy *s, const struct client *c, uint64_t schedules, bool exhausted)
{
	if (exhausted || schedules >= o->least)
		return true;
	printf("%s, %s: FAILED: %llu schedules in the time, and --least demands %llu\n", s->name, c->name, (unsigned long long)schedules,
	       (unsigned long long)o->least);
	fflush(stdout);
	return false;
}

/* False: a failure. */
static bool explore(const struct options *o, const struct extram_strategy *s, const struct client *c)
{
	uint64_t schedules = 0;
	double start = now();
	bool good, more = true;
	search_start(&o->search);
	if (!world_open(s, c)) {
		fprintf(stderr, "explore: no memory for a list\n");
		return false;
	}
	do {
		schedules++;
		good = world_run();
	} while (good && (more = search_next()) && !stop(o, schedules, start));
	bool exhausted = !more && o->search.mode == SEARCH_DFS;
	if (good)
		print_result(o, s, c, schedules, now() - start, exhausted);
	else
		print_failure(s, c, schedules);
	if (good && trace_on)
		history_print(stdout);
	world_close();
	return good && enough(o, s, c, schedules, exhausted);
}

static bool asked_for(const struct options *o, const struct extram_strategy *s, const struct client *c)
{
	bool client = o->client == NULL ? !c->by_name : o->client == c;
	return client && (o->strategy == NULL || o->strategy == s) && (c->waiting || !o->waiting);
}

int main(int argc, char **argv)
{
	struct options o;
	bool good = true;
	options_parse(&o, argc, argv);
	if (o.list) {
		list();
		return 0;
	}
	if (!search_start(&o.search)) {
		fprintf(stderr, "explore: '%s' is no schedule\n", o.search.replay);
		return 2;
	}
	catch_crashes();
	trace_on = o.search.mode == SEARCH_REPLAY;
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		for (const struct client *c = clients; c->name != NULL; c++)
			if (asked_for(&o, *s, c))
				good &= explore(&o, *s, c);
	return good ? 0 : 1;
}
