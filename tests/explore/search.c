/* SPDX-License-Identifier: BSD-3-Clause */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "schedule.h"

#define DEPTH ((size_t)SCHEDULE_STEPS * 4)

struct decision {
	uint8_t allowed; /* how many choices the bounds left */
	uint8_t taken;
};

static struct search_options options;
static struct decision decisions[DEPTH];
static uint32_t depth;    /* of the run so far */
static uint32_t scripted; /* decisions that are given: the prefix of a depth-first search, or a replay */
static uint32_t level;    /* of a depth-first search: no bound is above it yet */
static uint32_t left[SEARCH_KINDS];
static uint64_t state; /* of the generator */

/* Of the probabilistic search (PCT): highest priority runs; at a few random steps the running
 * thread's drops below all others. */
static int priority[CLOCK_THREADS];
static uint32_t drops_left, thread_choices, usual_choices;

/* Places for a handler, and how many a run usually has: a probabilistic search spreads the few
 * handlers over them. */
static uint32_t signal_places, usual_places;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static bool parse_replay(const char *s)
{
	memset(decisions, 0, sizeof(decisions));
	scripted = DEPTH;
	if (strcmp(s, "-") == 0)
		return true;
	for (;;) {
		char *end;
		unsigned long at = strtoul(s, &end, 10);
		if (end == s || *end != ':' || at >= DEPTH)
			return false;
		s = end + 1;
		unsigned long taken = strtoul(s, &end, 10);
		if (end == s || taken > UINT8_MAX)
			return false;
		decisions[at].taken = (uint8_t)taken;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
		s = end + 1;
	}
}

bool search_start(const struct search_options *o)
{
	options = *o;
	state = (o->seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	scripted = level = 0;
	usual_choices = usual_places = 20;
	return o->mode != SEARCH_REPLAY || parse_replay(o->replay);
}

uint32_t search_bound(enum search_kind kind)
{
	uint32_t bound = options.bound[kind];
	return options.mode == SEARCH_DFS && bound > level ? level : bound;
}

static void shuffle_priorities(void)
{
	for (int i = 0; i < CLOCK_THREADS; i++) {
		int j = (int)(draw() % (uint64_t)(i + 1));
		priority[i] = priority[j];
		priority[j] = i + CLOCK_THREADS * 100;
	}
}

void search_begin(void)
{
	depth = thread_choices = signal_places = 0;
	for (int kind = 0; kind < SEARCH_KINDS; kind++)
		left[kind] = kind == SEARCH_FREE ? UINT32_MAX : search_bound((enum search_kind)kind);
	drops_left = left[SEARCH_PREEMPTION];
	if (options.mode == SEARCH_PCT)
		shuffle_priorities();
}

static bool next_level(void)
{
	bool higher = false;
	for (int kind = SEARCH_PREEMPTION; kind < SEARCH_KINDS; kind++)
		higher |= options.bound[kind] > level;
	level++;
	scripted = 0;
	return higher;
}

bool search_next(void)
{
	usual_choices = (usual_choices * 7 + thread_choices + 4) / 8;
	usual_places = (usual_places * 7 + signal_places + 4) / 8;
	if (options.mode != SEARCH_DFS)
		return options.mode != SEARCH_REPLAY;
	while (depth > 0 && decisions[depth - 1].taken + 1 >= decisions[depth - 1].allowed)
		depth--;
	if (depth == 0)
		return next_level();
	decisions[depth - 1].taken++;
	scripted = depth;
	return true;
}

/* The probability of a choice that costs: about one in eight of the decisions that have one. */
static uint32_t gamble(enum search_kind kind, uint32_t n)
{
	if (kind == SEARCH_FREE)
		return (uint32_t)(draw() % n);
	if (kind == SEARCH_SIGNAL)
		return draw() % (usual_places + 1) < left[kind];
	return draw() % 8 == 0 ? 1 + (uint32_t)(draw() % (n - 1)) : 0;
}

static uint32_t decide(enum search_kind kind, uint32_t n, uint32_t wish)
{
	if (depth == DEPTH)
		sim_fail("more than %zu decisions in one run", DEPTH);
	struct decision *d = &decisions[depth++];
	if (options.mode == SEARCH_REPLAY) {
		if (d->taken >= n)
			sim_fail("decision %u of this schedule has no choice %u here", depth - 1, d->taken);
		return d->taken;
	}
	if (depth > scripted)
		*d = (struct decision){left[kind] > 0 ? (uint8_t)n : 1, left[kind] > 0 ? (uint8_t)wish : 0};
	if (d->taken != 0 && left[kind]-- == 0)
		sim_fail("the program is not deterministic: decision %u is not what it was in the last run", depth - 1);
	return d->taken;
}

uint32_t search_pick(enum search_kind kind, uint32_t n)
{
	signal_places += kind == SEARCH_SIGNAL;
	if (n == 1 || (kind != SEARCH_FREE && schedule_fair()))
		return 0;
	return decide(kind, n, options.mode == SEARCH_DFS || left[kind] == 0 ? 0 : gamble(kind, n));
}

static uint32_t highest(const int *threads, uint32_t n)
{
	uint32_t best = 0;
	for (uint32_t i = 1; i < n; i++)
		if (priority[threads[i]] > priority[threads[best]])
			best = i;
	return best;
}

static uint32_t prefer(enum search_kind kind, int self, const int *threads, uint32_t n)
{
	if (options.mode == SEARCH_RANDOM)
		return gamble(kind, n);
	if (options.mode != SEARCH_PCT)
		return 0;
	thread_choices++;
	if (drops_left > 0 && self >= 0 && draw() % (usual_choices + 1) < drops_left)
		priority[self] = (int)drops_left--;
	return highest(threads, n);
}

int search_thread(enum search_kind kind, int self, uint32_t mask)
{
	int threads[CLOCK_THREADS];
	uint32_t n = 0;
	if (self >= 0 && mask & 1U << self)
		threads[n++] = self;
	for (int i = 0; i < CLOCK_THREADS; i++)
		if (i != self && mask & 1U << i)
			threads[n++] = i;
	if (n == 1)
		return threads[0];
	/* Priorities bound the preemptions of a probabilistic run by themselves. */
	if (options.mode == SEARCH_PCT)
		kind = SEARCH_FREE;
	return threads[decide(kind, n, prefer(kind, self, threads, n))];
}

void search_print(FILE *f)
{
	const char *comma = "";
	for (uint32_t i = 0; i < depth; i++)
		if (decisions[i].taken != 0) {
			fprintf(f, "%s%u:%u", comma, i, decisions[i].taken);
			comma = ",";
		}
	if (*comma == '\0')
		fputc('-', f);
}
