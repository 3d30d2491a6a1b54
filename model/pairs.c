/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of get and put of a strategy, as in workload pair. Each run proves that the strategy works
 * on this machine: an m has one owner at a time, last is never missed, and in the end each m is on
 * the list once. What is written down for that is not part of the program: it costs no time.
 */
#include <stdlib.h>

#include "client.h"
#include "extram.h"

#define M_BYTES 1536 /* with the runtime's own fields, as far apart as in bench/ */
#define PARKED (-1)
#define UNSEEN __attribute__((no_sanitize("thread"), noinline))

struct owned_m {
	struct m m; /* first: the list's part */
	int owner;  /* a thread, or PARKED */
	uint64_t parked_at;
};

static const struct extram_strategy *strategy;
static struct extram_list *list;
static uint32_t admitted, parked;
static uint64_t calls, returns; /* of get and put */

static void new_m(void)
{
	const char *why;
	struct owned_m *mp = aligned_alloc(EXTRAM_ALIGN, M_BYTES);
	atomic_init(&mp->m.schedlink, NULL);
	atomic_init(&mp->m.depth, 0);
	mp->owner = PARKED;
	mp->parked_at = 0;
	if (!strategy->admit(list, &mp->m, &why))
		return;
	strategy->put(list, &mp->m);
	admitted++;
}

static void setup(void)
{
	const char *why;
	list = aligned_alloc(EXTRAM_APART, (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART);
	if (!strategy->init(list, &why))
		client_fail(why);
	admitted = 0;
	for (uint32_t i = 0; i < client_load.ms; i++)
		new_m();
	parked = admitted;
	calls = returns = 0;
}

/* The number of this call; 0: others are under way. */
UNSEEN static uint64_t call(void)
{
	calls++;
	return calls == returns + 1 ? calls : 0;
}

/* number: of the call. Reports whether no other call overlapped with it. */
UNSEEN static bool return_alone(uint64_t number)
{
	returns++;
	return calls == number && returns == number;
}

UNSEEN static void take(struct m *mp, int id, bool last, uint64_t number)
{
	struct owned_m *own = (struct owned_m *)mp;
	unsigned exact = EXTRAM_LAST_EXACT | EXTRAM_LAST_ALONE;
	bool alone = return_alone(number);
	if (mp == NULL)
		client_fail("a get that must wait returns NULL");
	if (own->owner != PARKED || client_now() < own->parked_at)
		client_fail("an m has two owners");
	own->owner = id;
	parked--;
	if (alone && (strategy->properties & EXTRAM_KEEPS) == 0 && (parked == 0 ? !last : last && (strategy->properties & exact) != 0))
		client_fail("last is wrong in a get that meets nobody");
}

UNSEEN static void give(struct m *mp, int id)
{
	struct owned_m *own = (struct owned_m *)mp;
	if (own->owner != id)
		client_fail("an owner has lost its m");
	own->owner = PARKED;
	own->parked_at = client_now();
	parked++;
}

static void body(int id)
{
	bool last = false;
	while (client_more()) {
		uint64_t number = call();
		struct m *mp = strategy->get(list, false, &last);
		take(mp, id, last, number);
		client_hold();
		give(mp, id);
		number = call();
		strategy->put(list, mp);
		return_alone(number);
		client_think();
	}
	strategy->thread_exit(list);
}

static void check(void)
{
	bool last = false;
	if (strategy->length(list) != admitted)
		client_fail("at rest length is not how many ms there are");
	for (uint32_t left = admitted; left > 0; left--) {
		struct owned_m *mp = (struct owned_m *)strategy->get(list, true, &last);
		if (mp == NULL)
			client_fail("at rest an m is missing");
		if (mp->owner != PARKED)
			client_fail("at rest an m comes twice");
		if (left == 1 && !last)
			client_fail("at rest last is missed");
		mp->owner = 0;
		last = false;
	}
	if (strategy->get(list, true, &last) != NULL)
		client_fail("at rest the list has more ms than there are");
}

bool client_strategy(const char *name, struct client_program *program)
{
	strategy = extram_find(name);
	if (strategy != NULL)
		*program = (struct client_program){strategy->name, strategy->summary, setup, body, check};
	return strategy != NULL;
}

const char *client_strategy_nth(uint32_t i)
{
	return extram_strategies[i] == NULL ? NULL : extram_strategies[i]->name;
}
