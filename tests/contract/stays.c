/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract about threads that do nothing after a put: a waiting get must not need
 * their help. */
#include <sched.h>
#include <time.h>

#include "contract.h"
#include "harness.h"

struct pair {
	struct fixture f;
	struct crew_gate gate;
	int put_cpu, get_cpu; /* for contract_other_cpu */
};

/* Twice, so that what a thread keeps or caches of the first m is there for the second. */
static void put_and_stay(struct pair *t, struct worker *w)
{
	bool last = false;
	fixture_put(&t->f, w, fixture_get(&t->f, w, true, &last));
	struct payload_m *p = fixture_get(&t->f, w, true, &last);
	crew_meet(&t->gate, 2);
	worker_phase(w, "waiting until the other thread waits");
	while (extram_waiters(t->f.list) == 0)
		sched_yield();
	nanosleep(&(const struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL); /* the get may sleep by then; a correct one passes anyway */
	fixture_park(&t->f, w, p);
	worker_phase(w, "keeping still after its put");
	crew_meet(&t->gate, 2);
}

static void wait_for_it(struct pair *t, struct worker *w)
{
	bool last = false;
	crew_meet(&t->gate, 2);
	worker_phase(w, "waiting for the m of a thread that stays");
	struct payload_m *p = fixture_get(&t->f, w, false, &last);
	check(last, "the only m, but last is false");
	crew_meet(&t->gate, 2);
	fixture_park(&t->f, w, p);
}

static void stay_or_wait(struct worker *w)
{
	w->rank == 0 ? put_and_stay(w->arg, w) : wait_for_it(w->arg, w);
}

void contract_putter_stays(void **state)
{
	struct worker *w = crew_watch("a put by a thread that stays ends a wait");
	for (int i = 0; i < 20; i++) {
		struct pair t = {.f = fixture_make(*state, 1)};
		fixture_fill(&t.f, w);
		crew_run(2, stay_or_wait, &t);
		fixture_drain(&t.f, w, 1);
		fixture_free(&t.f);
	}
}

/* The first get takes the list's only m, as a handler does: it does not refill, and owes nothing
 * after its put. */
static void hand_back(struct worker *w)
{
	struct pair *t = w->arg;
	bool last = false;
	if (w->rank == 0) {
		struct payload_m *p = fixture_get(&t->f, w, true, &last);
		check(last, "the only m, but last is false");
		fixture_put(&t->f, w, p);
	}
	crew_meet(&t->gate, 2);
	if (w->rank == 1) {
		worker_phase(w, "getting the m of a thread that took the last one, put it and stays");
		fixture_park(&t->f, w, fixture_get(&t->f, w, false, &last));
	}
	crew_meet(&t->gate, 2);
}

void contract_last_comes_back(void **state)
{
	const struct extram_strategy *s = *state;
	struct worker *w = crew_watch("the last m is not kept by who puts it");
	struct pair t = {.f = fixture_make(s, 1)};
	fixture_fill(&t.f, w);
	crew_run(2, hand_back, &t);
	fixture_drain(&t.f, w, 1);
	fixture_free(&t.f);
}

static void put_there(struct worker *w)
{
	struct pair *t = w->arg;
	crew_pin(t->put_cpu);
	fixture_fill(&t->f, w);
	crew_meet(&t->gate, 2);
	worker_phase(w, "keeping still on its CPU");
	crew_meet(&t->gate, 2);
}

static void get_here(struct worker *w)
{
	struct pair *t = w->arg;
	bool last = false;
	crew_pin(t->get_cpu);
	crew_meet(&t->gate, 2);
	worker_phase(w, "getting what was put on another CPU");
	for (uint32_t i = 0; i < t->f.n; i++) {
		bool nilokay = i % 2 == 0;
		check(fixture_get(&t->f, w, nilokay, &last) != NULL, "%u of %u ms cannot be got on CPU %d", t->f.n - i, t->f.n, t->get_cpu);
	}
	check(last, "the list is empty, but last is false");
	check(fixture_get(&t->f, w, true, &last) == NULL && last, "more ms than there are");
	crew_meet(&t->gate, 2);
}

static void put_or_get(struct worker *w)
{
	w->rank == 0 ? put_there(w) : get_here(w);
}

/* Every number of ms from 1, so that each limit of a strategy's caches is crossed. */
static void across(void **state, int from, int to)
{
	crew_watch("ms put on one CPU can be got on another");
	for (uint32_t n = 1; n <= 40; n++) {
		struct pair t = {.f = fixture_make(*state, n), .put_cpu = from, .get_cpu = to};
		crew_run(2, put_or_get, &t);
		fixture_free(&t.f);
	}
}

void contract_other_cpu(void **state)
{
	unsigned n = crew_cpus() < 3 ? crew_cpus() : 3;
	for (unsigned from = 0; from < n; from++)
		for (unsigned to = 0; to < n; to++)
			if (from != to)
				across(state, crew_cpu(from), crew_cpu(to));
}

/* Two holders with an m each, and two waiters. No thread ends before both waiters have an m. */
struct stay {
	struct fixture f;
	struct crew_gate holders, all;
	bool idle;    /* the holders put their ms before anybody waits */
	bool in_vain; /* the first put is taken back, so it wakes a waiter in vain */
};

static void wait_for_sleepers(struct stay *t, struct worker *w, uint32_t n)
{
	worker_phase(w, "waiting until the other threads wait");
	while (extram_waiters(t->f.list) < n)
		sched_yield();
	nanosleep(&(const struct timespec){.tv_nsec = 2 * 1000 * 1000}, NULL); /* the gets may sleep by then; correct ones pass anyway */
}

static void put_in_vain(struct stay *t, struct worker *w, struct payload_m **p)
{
	bool last = false;
	fixture_park(&t->f, w, *p);
	*p = fixture_get(&t->f, w, true, &last);
	sched_yield();
}

/* What a thread keeps or binds of an m is there when the waiters come. */
static void hold_and_stay(struct stay *t, struct worker *w)
{
	bool last = false;
	struct payload_m *p = fixture_get(&t->f, w, false, &last);
	crew_meet(&t->holders, 2); /* each has an m */
	if (t->idle)
		fixture_park(&t->f, w, p);
	crew_meet(&t->all, 4);
	if (!t->idle) {
		wait_for_sleepers(t, w, 2);
		if (t->in_vain && w->rank == 0)
			put_in_vain(t, w, &p);
		if (p != NULL)
			fixture_park(&t->f, w, p);
	}
	worker_phase(w, "keeping still after its put");
	crew_meet(&t->all, 4);
}

static void wait_and_hold(struct stay *t, struct worker *w)
{
	bool last = false;
	crew_meet(&t->all, 4);
	worker_phase(w, "waiting for an m of threads that stay");
	struct payload_m *p = fixture_get(&t->f, w, false, &last);
	worker_phase(w, "holding it until the other waiter has one");
	crew_meet(&t->all, 4);
	fixture_park(&t->f, w, p);
}

static void stay_or_wait_for_two(struct worker *w)
{
	w->rank < 2 ? hold_and_stay(w->arg, w) : wait_and_hold(w->arg, w);
}

static void two_and_two(void **state, struct stay how)
{
	struct stay t = how;
	struct worker *w = crew_watch("two threads that stay serve two that wait");
	t.f = fixture_make(*state, 2);
	fixture_fill(&t.f, w);
	crew_run(4, stay_or_wait_for_two, &t);
	fixture_drain(&t.f, w, 2);
	fixture_free(&t.f);
}

void contract_two_stay(void **state)
{
	for (int i = 0; i < 10; i++)
		two_and_two(state, (struct stay){0});
}

void contract_two_stay_idle(void **state)
{
	for (int i = 0; i < 10; i++)
		two_and_two(state, (struct stay){.idle = true});
}

void contract_woken_in_vain(void **state)
{
	for (int i = 0; i < 10; i++)
		two_and_two(state, (struct stay){.in_vain = true});
}
