/* SPDX-License-Identifier: BSD-3-Clause */
/* How many ms each policy makes, exactly. In most tests one thread plays all waiters, so nothing is
 * random. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>

#include "needm_test.h"

#define MOST 8 /* ms at the start of a case */

struct refill {
	enum needm_refill_policy policy;
	uint32_t low_water;
	uint32_t created, parked, waiting; /* before */
	uint32_t makes, still_waiting;
};

/* clang-format off */
static const struct refill refills[] = {
	{NEEDM_REFILL_GO, 0, 1, 1, 0, 0, 0},
	{NEEDM_REFILL_GO, 0, 1, 0, 0, 1, 0},
	{NEEDM_REFILL_GO, 0, 3, 0, 0, 1, 0},
	{NEEDM_REFILL_GO, 0, 1, 0, 1, 1, 0},
	{NEEDM_REFILL_GO, 0, 3, 0, 5, 5, 0},
	{NEEDM_REFILL_GO, 0, 3, 3, 2, 2, 0},
	{NEEDM_REFILL_GO, 5, 3, 2, 0, 0, 0},
	{NEEDM_REFILL_ONE, 0, 1, 1, 0, 0, 0},
	{NEEDM_REFILL_ONE, 0, 3, 0, 0, 1, 0},
	{NEEDM_REFILL_ONE, 0, 1, 0, 1, 1, 0},
	{NEEDM_REFILL_ONE, 0, 3, 0, 5, 1, 4},
	{NEEDM_REFILL_ONE, 5, 3, 3, 2, 1, 1},
	{NEEDM_REFILL_DOUBLE, 0, 1, 1, 0, 0, 0},
	{NEEDM_REFILL_DOUBLE, 0, 4, 3, 0, 0, 0},
	{NEEDM_REFILL_DOUBLE, 0, 1, 0, 0, 1, 0},
	{NEEDM_REFILL_DOUBLE, 0, 4, 0, 0, 4, 0},
	{NEEDM_REFILL_DOUBLE, 0, 4, 0, 3, 4, 0},
	{NEEDM_REFILL_DOUBLE, 0, 4, 0, 4, 4, 0},
	{NEEDM_REFILL_DOUBLE, 0, 4, 0, 5, 5, 0},
	{NEEDM_REFILL_DOUBLE, 0, 3, 1, 2, 3, 0},
	{NEEDM_REFILL_DOUBLE, 5, 2, 0, 7, 7, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 4, 4, 0, 0, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 5, 5, 0, 0, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 3, 3, 0, 1, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 5, 1, 0, 3, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 3, 0, 0, 4, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 1, 0, 3, 7, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 5, 2, 3, 5, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 4, 4, 3, 3, 0},
	{NEEDM_REFILL_LOW_WATER, 4, 6, 6, 2, 2, 0},
	{NEEDM_REFILL_LOW_WATER, 1, 2, 0, 0, 1, 0},
	{NEEDM_REFILL_LOW_WATER, 1, 2, 1, 0, 0, 0},
	{NEEDM_REFILL_LOW_WATER, 0, 2, 0, 0, 1, 0},
	{NEEDM_REFILL_LOW_WATER, 0, 2, 2, 0, 0, 0},
	{NEEDM_REFILL_LOW_WATER, 0, 2, 1, 3, 3, 0},
};
/* clang-format on */

static void add_ms(struct world *t, uint32_t created)
{
	const char *why = NULL;
	while (world_created(t) < created)
		assert_true(one_new_extra_m(&t->rt, &why));
}

/* Takes ms until so many are left for others. Returns how many it has. */
static uint32_t take(struct world *t, struct m **out, uint32_t parked)
{
	uint32_t n = 0;
	bool last;
	while (world_created(t) - n > parked)
		out[n++] = t->s->get(t->rt.list, false, &last);
	assert_int_equal(t->s->length(t->rt.list), parked);
	return n;
}

static void try(struct world *t, const struct refill *r)
{
	struct m *out[MOST];
	const char *why = NULL;
	add_ms(t, r->created);
	uint32_t n = take(t, out, r->parked);
	t->rt.refill = r->policy;
	t->rt.low_water = r->low_water;
	/* relaxed: one thread. */
	atomic_store_explicit(&t->rt.list->waiters, r->waiting, memory_order_relaxed);
	bool done = newextram(&t->rt, &why);
	uint32_t made = world_created(t) - r->created, left = extram_waiters(t->rt.list);
	check(done && made == r->makes && left == r->still_waiting,
	      "policy %d, low water %u, %u ms, %u parked, %u waiting: made %u, not %u; %u wait, not %u", (int)r->policy, r->low_water,
	      r->created, r->parked, r->waiting, made, r->makes, left, r->still_waiting);
	assert_int_equal(t->s->length(t->rt.list), r->parked + made);
	while (n > 0)
		t->s->put(t->rt.list, out[--n]);
}

void refills_make(void **state)
{
	for (size_t i = 0; i < sizeof(refills) / sizeof(refills[0]); i++) {
		struct world t;
		world_make(&t, state, "how many ms each policy makes");
		assert_int_equal(t.rt.refill, NEEDM_REFILL_GO);
		try(&t, &refills[i]);
		world_free(&t);
	}
}

/* Nothing is owed and no thread waits, so only low water looks at the length. */
static void ask(void **state, enum needm_refill_policy policy, uint32_t makes)
{
	struct world t;
	world_make(&t, state, "when each policy asks for ms");
	add_ms(&t, 3);
	t.rt.refill = policy;
	t.rt.low_water = 4;
	struct needm_m *mp = needm(&t.rt, t.s);
	mp->needextram = false;
	for (int i = 0; i < 3; i++) {
		needm_refill(&t.rt, mp);
		assert_int_equal(world_created(&t), 3 + makes);
	}
	dropm(&t.rt, t.s);
	world_free(&t);
}

void refills_ask(void **state)
{
	ask(state, NEEDM_REFILL_GO, 0);
	ask(state, NEEDM_REFILL_ONE, 0);
	ask(state, NEEDM_REFILL_DOUBLE, 0);
	ask(state, NEEDM_REFILL_LOW_WATER, 2);
}

struct waiting {
	struct world t;
	struct crew_gate gate;
};

static void wait_in_needm(struct worker *w)
{
	struct waiting *p = w->arg;
	worker_phase(w, "waiting for an m");
	needm(&p->t.rt, p->t.s);
	worker_phase(w, "holding an m until all have one");
	crew_meet(&p->gate, w->of);
	dropm(&p->t.rt, p->t.s);
	p->t.s->thread_exit(p->t.rt.list);
}

/* One newextram makes one m for each waiter, whether or not its caller emptied the list. */
void refills_waiters(void **state)
{
	struct waiting p = {0};
	world_make(&p.t, state, "one refill serves all who wait");
	struct needm_m *mp = needm(&p.t.rt, p.t.s);
	mp->needextram = false;
	struct worker *crew = crew_start(5, wait_in_needm, &p);
	worker_phase(p.t.w, "waiting until five threads wait");
	while (extram_waiters(p.t.rt.list) < 5)
		sched_yield();
	needm_refill(&p.t.rt, mp);
	worker_phase(p.t.w, "waiting until five threads had an m");
	crew_join(crew);
	assert_int_equal(world_created(&p.t), 6);
	assert_int_equal(extram_waiters(p.t.rt.list), 0);
	dropm(&p.t.rt, p.t.s);
	world_free(&p.t);
}
