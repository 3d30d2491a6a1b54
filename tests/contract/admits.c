/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract that lets threads admit ms while others admit, get and put. */
#include <sched.h>

#include "contract.h"
#include "harness.h"

#define THREADS 4
#define EACH 40 /* ms that a thread admits; together they need several blocks of any table */

struct growing {
	struct fixture f;
	struct crew_gate gate;
	_Atomic uint32_t admitting; /* threads that are not through */
};

static struct growing begin(void **state)
{
	return (struct growing){.f = fixture_make_late(*state, THREADS * EACH)};
}

/* n; fewer if each operation may wait for a thread that does not run. */
static int rounds(const struct growing *t, int n)
{
	return t->f.s->properties & (EXTRAM_FIFO | EXTRAM_CPU_EACH) ? n / 20 : n;
}

/* Gets one m if there is any, and puts it. */
static void pair(struct growing *t, struct worker *w)
{
	bool last = false;
	struct payload_m *p = fixture_get(&t->f, w, true, &last);
	if (p != NULL)
		fixture_put(&t->f, w, p);
}

static void grow(struct worker *w)
{
	struct growing *t = w->arg;
	worker_phase(w, "admitting ms");
	crew_meet(&t->gate, w->of);
	for (uint32_t i = 0; i < EACH; i++) {
		fixture_new(&t->f, w, w->rank * EACH + i);
		if (worker_random(w) % 2 == 0)
			pair(t, w);
	}
	t->f.s->thread_exit(t->f.list);
}

/* The drain finds an m that has another's number, or whose block is lost. */
void contract_admits_meet(void **state)
{
	struct worker *w = crew_watch("threads admit at the same time");
	struct growing t = begin(state);
	for (int round = 0, n = rounds(&t, 40); round < n; round++) {
		crew_run(THREADS, grow, &t);
		fixture_drain(&t.f, w, t.f.n);
		fixture_again(&t.f);
	}
	fixture_free(&t.f);
}

/* The first m of a list is where most tables begin. */
static void first_ms(struct worker *w)
{
	struct growing *t = w->arg;
	for (int round = 0, n = rounds(t, 1000); round < n; round++) {
		worker_phase(w, "admitting the first ms of a list");
		crew_meet(&t->gate, w->of);
		fixture_new(&t->f, w, w->rank);
		worker_phase(w, "meeting the other threads");
		crew_meet(&t->gate, w->of);
		if (w->rank == 0) {
			fixture_drain(&t->f, w, w->of);
			fixture_again(&t->f);
		}
	}
}

void contract_first_admits_meet(void **state)
{
	crew_watch("threads admit the first ms at the same time");
	struct growing t = begin(state);
	crew_run(2, first_ms, &t);
	fixture_free(&t.f);
}

/* Two threads admit, two get and put what is there. */
static void grow_or_use(struct worker *w)
{
	struct growing *t = w->arg;
	crew_meet(&t->gate, w->of);
	worker_phase(w, w->rank < 2 ? "admitting ms" : "getting what others admit");
	for (uint32_t i = 0; w->rank < 2 && i < EACH; i++)
		fixture_new(&t->f, w, w->rank * EACH + i);
	if (w->rank < 2)
		/* relaxed: it only ends the loops of the others. */
		atomic_fetch_sub_explicit(&t->admitting, 1, memory_order_relaxed);
	else
		/* relaxed: as above. */
		while (atomic_load_explicit(&t->admitting, memory_order_relaxed) > 0)
			pair(t, w);
	t->f.s->thread_exit(t->f.list);
}

void contract_admits_beside_pairs(void **state)
{
	struct worker *w = crew_watch("threads admit while others get and put");
	struct growing t = begin(state);
	for (int round = 0, n = rounds(&t, 40); round < n; round++) {
		/* relaxed: crew_run starts threads after it. */
		atomic_store_explicit(&t.admitting, 2, memory_order_relaxed);
		crew_run(THREADS, grow_or_use, &t);
		fixture_drain(&t.f, w, 2 * EACH);
		fixture_again(&t.f);
	}
	fixture_free(&t.f);
}
