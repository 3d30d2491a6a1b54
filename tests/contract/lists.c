/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract about several lists of one strategy: what a thread keeps, caches or
 * remembers of one list must have no effect on another. */
#include <sched.h>

#include "contract.h"
#include "harness.h"

#define LISTS 2
#define SMALL 3
#define LARGE 200 /* so much larger that a place in it lies far outside the small list */
#define HOLD 16   /* the most ms of one list that a thread has */

struct lists {
	struct fixture f[LISTS];
	struct crew_gate gate;
	/* An m of that list on its way from one thread to another. */
	struct payload_m *_Atomic box[LISTS];
};

/* What one thread has of each list. */
struct hands {
	struct lists *t;
	struct worker *w;
	struct payload_m *p[LISTS][LARGE];
	uint32_t n[LISTS], most;
};

static struct lists begin(void **state)
{
	return (struct lists){.f = {fixture_make(*state, SMALL), fixture_make(*state, LARGE)}};
}

static void fill(struct lists *t, struct worker *w)
{
	for (int i = 0; i < LISTS; i++)
		fixture_fill(&t->f[i], w);
}

static void leave(struct lists *t)
{
	for (int i = 0; i < LISTS; i++)
		t->f[i].s->thread_exit(t->f[i].list);
}

static void end(struct lists *t, struct worker *w)
{
	for (int i = 0; i < LISTS; i++) {
		fixture_drain(&t->f[i], w, t->f[i].n);
		fixture_free(&t->f[i]);
	}
}

/* False: there was no m. */
static bool take(struct hands *h, int i)
{
	bool last = false;
	struct payload_m *p = h->n[i] >= h->most ? NULL : fixture_get(&h->t->f[i], h->w, true, &last);
	if (p != NULL)
		h->p[i][h->n[i]++] = p;
	return p != NULL;
}

static void give(struct hands *h, int i)
{
	if (h->n[i] > 0)
		fixture_put(&h->t->f[i], h->w, h->p[i][--h->n[i]]);
}

static void give_all(struct hands *h)
{
	for (int i = 0; i < LISTS; i++)
		while (h->n[i] > 0)
			give(h, i);
}

/* Of a thread that is alone: it finds each m that it put, on the list where it put it. */
static void look(struct hands *h, int i)
{
	struct fixture *f = &h->t->f[i];
	uint32_t parked = f->n - h->n[i], n = f->s->length(f->list);
	bool right = f->s->properties & EXTRAM_KEEPS ? n <= parked : fixture_length_is(f, parked);
	check(right, "length is %u, with %u ms parked on list %d", n, parked, i);
}

static void step_alone(struct hands *h)
{
	int i = (int)(worker_random(h->w) % LISTS);
	bool puts = worker_random(h->w) % 2 == 0;
	for (uint32_t run = 1 + worker_random(h->w) % h->t->f[i].n; run > 0; run--) {
		bool parked = h->n[i] < h->t->f[i].n;
		if (puts)
			give(h, i);
		else
			check(take(h, i) == parked, "a get of list %d is wrong about its last m", i);
		for (int k = 0; k < LISTS; k++)
			look(h, k);
	}
}

void contract_two_lists(void **state)
{
	if (fixture_alone(*state))
		return;
	struct worker *w = crew_watch("two lists in one thread");
	struct lists t = begin(state);
	struct hands h = {.t = &t, .w = w, .most = LARGE};
	fill(&t, w);
	for (int round = 0; round < 400; round++)
		step_alone(&h);
	give_all(&h);
	end(&t, w);
}

/* While the thread has, keeps or caches ms of the list that goes on. Then the same list begins
 * again in the same memory. */
void contract_list_ends(void **state)
{
	if (fixture_alone(*state))
		return;
	struct worker *w = crew_watch("a list ends, another goes on");
	for (int round = 0; round < 20; round++) {
		struct lists t = begin(state);
		struct hands h = {.t = &t, .w = w, .most = LARGE};
		int ends = round % LISTS, on = 1 - ends;
		fill(&t, w);
		for (int i = 0; i < 2; i++) {
			/* Whichever it uses first may be the one that it remembers. */
			take(&h, round / 2 % 2 == 0 ? ends : on);
			take(&h, round / 2 % 2 == 0 ? on : ends);
			give_all(&h);
		}
		take(&h, round % 3 == 0 ? ends : on);
		h.n[ends] = 0;
		fixture_again(&t.f[ends]);
		look(&h, on);
		fixture_fill(&t.f[ends], w);
		check(take(&h, on), "no m on a list that still has many");
		give_all(&h);
		end(&t, w);
	}
}

/* Leaves an m of the list for another thread to put, and takes what was there. */
static void hand_over(struct hands *h, int i)
{
	struct payload_m *p = h->n[i] > 0 ? h->p[i][--h->n[i]] : NULL;
	if (p != NULL)
		payload_give(h->w, p);
	/* acq_rel: pairs with itself in the other thread, for what the owners wrote. */
	p = atomic_exchange_explicit(&h->t->box[i], p, memory_order_acq_rel);
	if (p != NULL)
		h->p[i][h->n[i]++] = payload_take(&h->t->f[i], h->w, &p->m);
}

static void step_of_many(struct hands *h)
{
	int i = (int)(worker_random(h->w) % LISTS);
	uint32_t choice = worker_random(h->w) % 64;
	if (choice == 0)
		sched_yield();
	else if (choice == 1)
		leave(h->t);
	else if (choice == 2)
		hand_over(h, i);
	else if (choice < 34)
		take(h, i);
	else
		give(h, i);
}

static void use_both(struct worker *w)
{
	struct hands h = {.t = w->arg, .w = w, .most = HOLD};
	worker_phase(w, "using two lists");
	int n = h.t->f[0].s->properties & EXTRAM_FIFO ? 500 : 10000;
	for (int i = 0; i < n; i++)
		step_of_many(&h);
	give_all(&h);
	leave(h.t);
}

void contract_two_lists_shared(void **state)
{
	if (fixture_alone(*state))
		return;
	struct worker *w = crew_watch("two lists, four threads");
	struct lists t = begin(state);
	fill(&t, w);
	crew_run(4, use_both, &t);
	for (int i = 0; i < LISTS; i++) {
		/* relaxed: alone. */
		struct payload_m *p = atomic_load_explicit(&t.box[i], memory_order_relaxed);
		if (p != NULL)
			fixture_put(&t.f[i], w, payload_take(&t.f[i], w, &p->m));
	}
	end(&t, w);
}

static void wait_for_small(struct worker *w)
{
	struct lists *t = w->arg;
	bool last = false;
	/* So the thread may keep or remember something of the other list. */
	fixture_put(&t->f[1], w, fixture_get(&t->f[1], w, false, &last));
	worker_phase(w, "waiting for an m of one list, with many on the other");
	fixture_park(&t->f[0], w, fixture_get(&t->f[0], w, false, &last));
	leave(t);
}

/* A wait is counted, and ended by a put, on its list only. */
void contract_waits_apart(void **state)
{
	if (fixture_alone(*state))
		return;
	struct worker *w = crew_watch("a get waits for its own list");
	struct lists t = begin(state);
	bool last = false;
	fixture_fill(&t.f[1], w);
	fixture_settle(&t.f[1]);
	for (int round = 0; round < 10; round++) {
		struct worker *crew = crew_start(2, wait_for_small, &t);
		worker_phase(w, "waiting until two gets of one list wait");
		while (extram_waiters(t.f[0].list) < 2)
			sched_yield();
		for (int i = 0; i < 100; i++)
			fixture_park(&t.f[1], w, fixture_get(&t.f[1], w, false, &last));
		bool may_miss = t.f[1].s->properties & EXTRAM_MAY_MISS;
		check(may_miss || extram_waiters(t.f[1].list) == 0, "waiters are counted on a list with many ms");
		check(extram_take_waiters(t.f[0].list) == 2, "two wait, and other than two are counted");
		fixture_new(&t.f[0], w, 0);
		worker_phase(w, "waiting until both had the m");
		crew_join(crew);
		fixture_drain(&t.f[0], w, 1);
		fixture_again(&t.f[0]);
	}
	fixture_fill(&t.f[0], w);
	end(&t, w);
}
