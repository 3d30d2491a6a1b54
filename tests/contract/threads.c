/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract that needs several threads. Checks here end the program, because they
 * may fail in any thread. */
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "contract.h"
#include "harness.h"

/* A list that several threads share, and their counts. */
struct shared {
	struct fixture f;
	struct worker *w; /* the main thread's */
	struct crew_gate gate;
	_Atomic uint32_t count;
};

static struct shared begin(void **state, const char *test, uint32_t n)
{
	struct worker *w = crew_watch(test);
	return (struct shared){.f = fixture_make(*state, n), .w = w};
}

static uint32_t length(struct shared *t)
{
	return t->f.s->length(t->f.list);
}

/* relaxed, here and where count is added to: read when the threads are joined, or as a hint of how
 * far they are. */
static uint32_t counted(struct shared *t)
{
	return atomic_load_explicit(&t->count, memory_order_relaxed);
}

/* n rounds; fewer if each operation may wait for a thread that does not run. */
static int rounds(const struct shared *t, int n)
{
	return (t->f.s->properties & (EXTRAM_FIFO | EXTRAM_CPU_EACH)) != 0 ? n / 20 : n;
}

static void pass_on(struct worker *w)
{
	struct shared *t = w->arg;
	worker_phase(w, "passing one m on");
	for (int i = 0, n = rounds(t, 5000); i < n; i++) {
		struct payload_m *p;
		bool last = false;
		while ((p = fixture_get(&t->f, w, true, &last)) == NULL)
			sched_yield();
		check(last, "the only m, but last is false");
		p->id++; /* a plain count: it loses a step if two threads can have the m, or one does not see the other's writes */
		fixture_park(&t->f, w, p);
		if (worker_random(w) % 4 == 0)
			sched_yield();
	}
}

void contract_handover(void **state)
{
	struct shared t = begin(state, "an owner's writes reach the next owner", 1);
	fixture_fill(&t.f, t.w);
	crew_run(4, pass_on, &t);
	unsigned writes = 4 * (unsigned)rounds(&t, 5000);
	check(t.f.ms[0].id == writes, "%u of %u writes arrived", t.f.ms[0].id, writes);
	fixture_drain(&t.f, t.w, 1);
	fixture_free(&t.f);
}

static void wait_for_one(struct worker *w)
{
	struct shared *t = w->arg;
	bool last = false;
	worker_phase(w, "waiting for an m");
	struct payload_m *p = fixture_get(&t->f, w, false, &last);
	worker_phase(w, "meeting those who have waited too");
	crew_meet(&t->gate, w->of); /* all have an m at the same time */
	fixture_park(&t->f, w, p);
}

static void take_waiters(struct worker *w)
{
	struct shared *t = w->arg;
	uint32_t n = extram_take_waiters(t->f.list);
	atomic_fetch_add_explicit(&t->count, n, memory_order_relaxed);
	check(n == 0 || n == 5, "%u of 5 waiters were handed to thread %u", n, w->id);
}

/* Long enough to find a waiter that counts itself in every round. A correct one passes whatever the
 * time. */
static void let_them_poll(void)
{
	nanosleep(&(const struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
}

static void wait_for_waiters(struct shared *t, uint32_t n)
{
	worker_phase(t->w, "waiting until all waiters are counted");
	while (extram_waiters(t->f.list) < n)
		sched_yield();
	let_them_poll();
	uint32_t now = extram_waiters(t->f.list);
	check(now == n, "%u waiters are counted, %u times", n, now);
}

/* A put serves waiters after their number was taken, as newextram does, and also before. */
static void waiters(struct shared *t, bool take_first)
{
	struct worker *crew = crew_start(5, wait_for_one, t);
	wait_for_waiters(t, 5);
	atomic_store_explicit(&t->count, 0, memory_order_relaxed); /* relaxed: crew_run starts threads after it */
	if (take_first)
		crew_run(4, take_waiters, t);
	fixture_fill(&t->f, t->w);
	worker_phase(t->w, "waiting until all waiters have an m");
	crew_join(crew);
	if (!take_first)
		crew_run(4, take_waiters, t);
	check(counted(t) == 5, "%u of 5 waiters were handed over", counted(t));
	check(extram_waiters(t->f.list) == 0, "waiters are left");
	fixture_drain(&t->f, t->w, 5);
	fixture_again(&t->f);
}

void contract_waiters(void **state)
{
	struct shared t = begin(state, "a get that waits is counted once", 5);
	for (int i = 0; i < 5; i++)
		waiters(&t, i % 2 == 0);
	fixture_free(&t.f);
}

static void get_waiting(struct worker *w)
{
	struct shared *t = w->arg;
	for (int i = 0, n = rounds(t, 500); i < n; i++) {
		bool last = false;
		worker_phase(w, "waiting for an m");
		struct payload_m *p = fixture_get(&t->f, w, false, &last);
		sched_yield();
		fixture_park(&t->f, w, p);
	}
}

/* More threads than ms: each put may have to wake a get, and no get may be forgotten. */
void contract_waits_for_put(void **state)
{
	struct shared t = begin(state, "a get that waits ends with a put", 2);
	fixture_fill(&t.f, t.w);
	crew_run(6, get_waiting, &t);
	fixture_drain(&t.f, t.w, 2);
	fixture_free(&t.f);
}

void contract_not_counted(void **state)
{
	struct shared t = begin(state, "a get that need not wait is not counted", 3);
	bool last = false;
	check(fixture_get(&t.f, t.w, true, &last) == NULL && last, "an m from nowhere");
	fixture_fill(&t.f, t.w);
	for (int i = 0; i < 100; i++)
		fixture_park(&t.f, t.w, fixture_get(&t.f, t.w, false, &last));
	check(extram_waiters(t.f.list) == 0, "%u waiters are counted where nobody waited", extram_waiters(t.f.list));
	fixture_free(&t.f);
}

/* True: a get that must not return NULL has to wait. */
static bool may_miss(const struct shared *t)
{
	return t->f.s->properties & EXTRAM_MAY_MISS;
}

/* Each thread puts ten ms and ends. */
static void leave(struct worker *w)
{
	struct shared *t = w->arg;
	struct payload_m *p[10];
	bool last = false;
	for (int i = 0; i < 10; i++)
		p[i] = fixture_get(&t->f, w, !may_miss(t), &last);
	for (int i = 0; i < 10; i++) {
		check(p[i] != NULL, "%d ms of 10, with 40 for 4 threads", i);
		fixture_put(&t->f, w, p[i]);
	}
	t->f.s->thread_exit(t->f.list);
}

void contract_thread_exit(void **state)
{
	struct shared t = begin(state, "ms of a thread that has left", 40);
	fixture_fill(&t.f, t.w);
	for (int i = 0; i < 20; i++) {
		crew_run(i % 2 == 0 ? 1 : 4, leave, &t);
		check(fixture_length_is(&t.f, 40), "length is %u, with 40 ms parked", length(&t));
	}
	fixture_drain(&t.f, t.w, 40);
	fixture_free(&t.f);
}

static void pair(struct worker *w)
{
	struct shared *t = w->arg;
	worker_phase(w, "getting without waiting");
	for (int i = 0, n = rounds(t, 20000); i < n; i++) {
		bool last = false;
		struct payload_m *p = fixture_get(&t->f, w, !may_miss(t), &last);
		check(p != NULL, "no m, though the other threads can have no more than %u of %u", w->of - 1, t->f.n);
		if (worker_random(w) % 64 == 0)
			crew_pin(crew_cpu(worker_random(w) % crew_cpus()));
		fixture_put(&t->f, w, p);
		if (worker_random(w) % 64 == 0)
			sched_yield();
	}
	t->f.s->thread_exit(t->f.list);
}

/* As many ms as threads, and no thread has two. A thread that calls get has none, so there is one
 * for it. */
void contract_never_empty(void **state)
{
	struct shared t = begin(state, "no get is empty-handed while an m is parked", 4);
	fixture_fill(&t.f, t.w);
	crew_run(4, pair, &t);
	fixture_drain(&t.f, t.w, 4);
	fixture_free(&t.f);
}

static void get_until_empty(struct worker *w)
{
	struct shared *t = w->arg;
	for (int round = 0, of = rounds(t, 1000); round < of; round++) {
		bool last = false;
		uint32_t lasts = 0;
		struct payload_m *mine[4], *p;
		uint32_t n = 0;
		worker_phase(w, "emptying the list");
		crew_meet(&t->gate, w->of);
		while ((p = fixture_get(&t->f, w, true, &last)) != NULL) {
			mine[n++] = p;
			lasts += last;
		}
		atomic_fetch_add_explicit(&t->count, lasts, memory_order_relaxed);
		crew_meet(&t->gate, w->of);
		bool exact = t->f.s->properties & EXTRAM_LAST_EXACT;
		check(exact ? counted(t) == 1 : counted(t) > 0, "%u were told that they emptied it", counted(t));
		crew_meet(&t->gate, w->of);
		/* relaxed: the next meeting orders it. */
		atomic_store_explicit(&t->count, 0, memory_order_relaxed);
		while (n > 0)
			fixture_park(&t->f, w, mine[--n]);
	}
}

/* No thread puts meanwhile, so exactly one get leaves the list empty. */
void contract_one_empties(void **state)
{
	struct shared t = begin(state, "who empties the list is told", 4);
	fixture_fill(&t.f, t.w);
	crew_run(3, get_until_empty, &t);
	fixture_drain(&t.f, t.w, 4);
	fixture_free(&t.f);
}
