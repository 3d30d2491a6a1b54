/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that end at a bad moment, and more threads than expected. */
#include <stdlib.h>

#include "harness.h"
#include "faults.h"
#include "needm.h"

#define IN_ORDER_MAX 100 /* threads of a strategy that serves them in order */

struct runtime {
	struct needm_runtime rt;
	const struct extram_strategy *s;
};

static void callback(struct runtime *t, struct worker *w)
{
	struct needm_m *mp = needm(&t->rt, t->s);
	needm_refill(&t->rt, mp);
	worker_done(w);
}

/* Runs what a thread's destructors run, and does not give the m back. */
static void die_with_m(struct worker *w)
{
	struct runtime *t = w->arg;
	worker_phase(w, "waiting for an m to die with");
	callback(t, w);
	t->s->thread_exit(t->rt.list);
}

static void live_on(struct worker *w)
{
	struct runtime *t = w->arg;
	worker_phase(w, "making callbacks");
	for (int i = 0; i < 200; i++) {
		callback(t, w);
		dropm(&t->rt, t->s);
	}
	t->s->thread_exit(t->rt.list);
}

static void die_or_live_on(struct worker *w)
{
	w->rank % 2 == 0 ? die_with_m(w) : live_on(w);
}

/* The number of crowds of 8 threads: 50 for 1000 threads. */
static uint32_t crowds(void)
{
	return (faults_threads + 19) / 20;
}

/* Their ms stay in use for ever: no other thread gets them, and none waits for them. */
void faults_die_with_m(void **state)
{
	struct runtime t = {.s = *state};
	const char *why = NULL;
	crew_watch("threads die with an m");
	check(needm_init(&t.rt, t.s, &needm_libc_memory, &why), "needm_init: %s", why);
	for (uint32_t dead = 4; dead <= 4 * crowds(); dead += 4) {
		crew_run(8, die_or_live_on, &t);
		/* relaxed: the threads are joined. */
		uint32_t created = atomic_load_explicit(&t.rt.created, memory_order_relaxed), parked = t.s->length(t.rt.list);
		check(created == parked + dead, "%u ms made, %u parked, %u gone with their threads", created, parked, dead);
	}
	needm_fini(&t.rt);
}

struct shared {
	struct fixture f;
	pthread_barrier_t door;
};

bool faults_may_leave(const struct extram_strategy *s)
{
	return (s->properties & EXTRAM_KEEPS) == 0 || (s->properties & EXTRAM_BOUND) != 0;
}

static void five_and_out(struct worker *w)
{
	struct shared *t = w->arg;
	struct payload_m *p[5];
	bool last;
	for (int i = 0; i < 5; i++)
		check((p[i] = fixture_get(&t->f, w, true, &last)) != NULL, "%d ms of 5, with 40 for 8 threads", i);
	for (int i = 0; i < 5; i++)
		fixture_put(&t->f, w, p[i]);
}

/* No thread_exit. After its end, what a thread put is on the list, unless the strategy keeps it for
 * good. */
void faults_leave_without_a_word(void **state)
{
	const struct extram_strategy *s = *state;
	struct worker *w = crew_watch("threads leave without a word");
	if (!faults_may_leave(s))
		return;
	struct shared t = {.f = fixture_make(s, 40)};
	fixture_fill(&t.f, w);
	for (uint32_t i = 0; i < crowds(); i++)
		crew_run(8, five_and_out, &t);
	fixture_drain(&t.f, w, 40);
	fixture_free(&t.f);
}

static void *one_pair(void *arg)
{
	struct worker *w = arg;
	struct shared *t = w->arg;
	bool last;
	pthread_barrier_wait(&t->door);
	fixture_put(&t->f, w, fixture_get(&t->f, w, false, &last));
	t->f.s->thread_exit(t->f.list);
	return NULL;
}

/* The caller has set the attributes. Returns how many threads started, which may be fewer than
 * n. */
static unsigned start(struct worker *workers, unsigned n, pthread_attr_t *small, struct shared *t)
{
	for (unsigned i = 0; i < n; i++) {
		workers[i] = (struct worker){.id = CREW_MAIN + 1 + i, .random = i + 1, .arg = t};
		if (pthread_create(&workers[i].thread, small, one_pair, &workers[i]) != 0)
			return i;
	}
	return n;
}

static void join(struct worker *workers, unsigned n, struct worker *w)
{
	worker_phase(w, "waiting for many threads to end");
	for (unsigned i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		worker_done(w);
	}
}

/* Each put sends all waiting threads into the queue again, so the time grows with the square of
 * their number. */
static unsigned threads_for(const struct extram_strategy *s)
{
	return (s->properties & EXTRAM_FIFO) != 0 && faults_threads > IN_ORDER_MAX ? IN_ORDER_MAX : faults_threads;
}

/* All threads start at once: the main thread opens the gate when they wait there. With few ms,
 * nearly all of them wait. */
void faults_more_threads(void **state)
{
	unsigned many = threads_for(*state);
	struct worker *w = crew_watch("more threads than any table"), *workers = calloc(many, sizeof(*workers));
	struct shared t = {.f = fixture_make(*state, 3)};
	pthread_attr_t small;
	check(workers != NULL, "no memory for %u threads", many);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 128 << 10);
	fixture_fill(&t.f, w);
	pthread_barrier_init(&t.door, NULL, many + 1);
	unsigned n = start(workers, many, &small, &t);
	check(n == many, "this machine allows only %u threads of %u; the number is the last argument", n, many);
	pthread_barrier_wait(&t.door);
	join(workers, n, w);
	fixture_drain(&t.f, w, 3);
	pthread_barrier_destroy(&t.door);
	pthread_attr_destroy(&small);
	fixture_free(&t.f);
	free(workers);
}
