/* SPDX-License-Identifier: BSD-3-Clause */
#include <sched.h>

#include "stress.h"

#define HOLD 4
#define GETS_OF_A_ROUND 17 /* by each thread */

struct hands {
	struct job *j;
	struct worker *w;
	struct payload_m *p[HOLD];
	uint32_t n;
	uint64_t gets;
};

/* A phase that ends early has run all of its threads, and made its least number of pairs. */
static bool more(struct job *j, uint64_t gets)
{
	/* relaxed: seen late is early enough. */
	return gets < j->gets && (gets < j->least || !atomic_load_explicit(&j->stop, memory_order_relaxed));
}

static void end(struct hands *h)
{
	h->j->f.s->thread_exit(h->j->f.list);
	/* relaxed: a number, read when all threads are joined. */
	atomic_fetch_add_explicit(&h->j->got, h->gets, memory_order_relaxed);
}

/* False: there was no m. */
static bool take(struct hands *h, bool nilokay)
{
	bool last = false;
	worker_phase(h->w, nilokay ? "getting an m" : "waiting for an m");
	struct payload_m *p = h->n == HOLD ? NULL : fixture_get(&h->j->f, h->w, nilokay, &last);
	if (p == NULL)
		return false;
	h->p[h->n++] = p;
	h->gets++;
	return true;
}

static struct payload_m *any(struct hands *h)
{
	uint32_t i = worker_random(h->w) % h->n;
	struct payload_m *p = h->p[i];
	h->p[i] = h->p[--h->n];
	return p;
}

static void give(struct hands *h)
{
	worker_phase(h->w, "putting an m");
	if (h->n > 0)
		fixture_put(&h->j->f, h->w, any(h));
}

/* Gets two ms and puts both in the order they came. A get that stopped in between then finds the
 * same m on top of a different one. */
static void two(struct hands *h)
{
	uint32_t at = h->n;
	if (!take(h, true) || !take(h, true))
		return;
	h->n -= 2;
	fixture_put(&h->j->f, h->w, h->p[at]);
	if (worker_random(h->w) % 8 == 0)
		sched_yield();
	fixture_put(&h->j->f, h->w, h->p[at + 1]);
}

void stress_two(struct worker *w)
{
	struct hands h = {.j = w->arg, .w = w};
	while (more(h.j, h.gets)) {
		two(&h);
		while (h.n > 0)
			give(&h);
	}
	end(&h);
}

/* Leaves one of its ms in a box, if it has any, and takes what was there. So another thread puts
 * what this one got. */
static void hand_over(struct hands *h)
{
	struct payload_m *p = h->n > 0 ? any(h) : NULL;
	if (p != NULL)
		payload_give(h->w, p);
	/* acq_rel: pairs with itself in the other thread, for what the owners wrote. */
	p = atomic_exchange_explicit(&h->j->box[worker_random(h->w) % STRESS_BOXES], p, memory_order_acq_rel);
	if (p != NULL)
		h->p[h->n++] = payload_take(&h->j->f, h->w, &p->m);
}

/* -1: any CPU. */
static void move(struct hands *h)
{
	unsigned n = worker_random(h->w) % (crew_cpus() + 1);
	if (!h->j->all_on_one_cpu)
		crew_pin(n < crew_cpus() ? crew_cpu(n) : -1);
}

static void mixed_step(struct hands *h)
{
	uint32_t choice = worker_random(h->w) % 1024;
	if (choice < 4)
		move(h);
	else if (choice < 16)
		sched_yield();
	else if (choice < 32)
		fixture_settle(&h->j->f);
	else if (choice < 128)
		hand_over(h);
	else if (choice < 256 && h->n == 0)
		take(h, false);
	else if (choice < 512)
		two(h);
	else if (choice < 768)
		take(h, true);
	else
		give(h);
}

void stress_mixed(struct worker *w)
{
	struct hands h = {.j = w->arg, .w = w};
	while (more(h.j, h.gets))
		mixed_step(&h);
	while (h.n > 0)
		give(&h);
	end(&h);
}

void stress_waiting(struct worker *w)
{
	struct hands h = {.j = w->arg, .w = w};
	while (more(h.j, h.gets)) {
		take(&h, false);
		if (worker_random(w) % 4 == 0)
			sched_yield();
		give(&h);
		if (worker_random(w) % 4 == 0)
			fixture_settle(&h.j->f);
		if (worker_random(w) % 256 == 0)
			move(&h);
	}
	end(&h);
}

static void new_m(struct job *j, struct worker *w)
{
	/* relaxed: the addition gives each number to one caller. If the numbers run out, there are
	 * already many more ms than threads. */
	uint32_t i = atomic_fetch_add_explicit(&j->made, 1, memory_order_relaxed);
	if (i < j->f.n)
		fixture_new(&j->f, w, i);
}

/* Does what newextram in needm.h and its caller do. */
static void refill(struct job *j, struct worker *w, bool last)
{
	if (!last && extram_waiters(j->f.list) == 0)
		return;
	uint32_t c = extram_take_waiters(j->f.list);
	if (c == 0 && j->f.s->length(j->f.list) == 0)
		c = 1;
	while (c-- > 0)
		new_m(j, w);
}

static struct payload_m *get_and_refill(struct job *j, struct worker *w)
{
	bool last = false;
	worker_phase(w, "waiting for an m that somebody owes");
	struct payload_m *p = fixture_get(&j->f, w, false, &last);
	refill(j, w, last);
	return p;
}

/* There is one m. Each thread takes one and keeps it until all have one. Afterwards they do not
 * wait for each other. */
static void burst(struct job *j, struct worker *w)
{
	for (uint32_t yields = worker_random(w) % 8; yields > 0; yields--)
		sched_yield();
	struct payload_m *p = get_and_refill(j, w);
	worker_phase(w, "holding an m until all have one");
	crew_meet(&j->gate, w->of);
	fixture_park(&j->f, w, p);
	for (int i = 1; i < GETS_OF_A_ROUND; i++) {
		p = get_and_refill(j, w);
		if (worker_random(w) % 4 == 0)
			sched_yield();
		fixture_put(&j->f, w, p);
	}
	fixture_settle(&j->f);
}

/* Runs alone, between two meetings. Checks that nothing is lost, and leaves one m for the next
 * round. */
static void next_round(struct job *j, struct worker *w, uint64_t round)
{
	/* relaxed, both: no other thread runs. */
	uint32_t made = atomic_load_explicit(&j->made, memory_order_relaxed);
	fixture_drain(&j->f, w, made < j->f.n ? made : j->f.n);
	fixture_again(&j->f);
	fixture_new(&j->f, w, 0);
	atomic_store_explicit(&j->made, 1, memory_order_relaxed);
	/* relaxed: a number, read when all threads are joined. */
	atomic_fetch_add_explicit(&j->got, (uint64_t)w->of * GETS_OF_A_ROUND, memory_order_relaxed);
	j->over = !more(j, round * GETS_OF_A_ROUND);
}

void stress_refill(struct worker *w)
{
	struct job *j = w->arg;
	for (uint64_t round = 0; !j->over; round++) {
		crew_meet(&j->gate, w->of);
		burst(j, w);
		worker_phase(w, "ending the round");
		crew_meet(&j->gate, w->of);
		if (w->rank == 0)
			next_round(j, w, round);
		crew_meet(&j->gate, w->of);
	}
}
