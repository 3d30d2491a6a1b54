/* SPDX-License-Identifier: BSD-3-Clause */
/* What signals and the scheduler do to a thread in the middle of an operation. */
#include <sched.h>
#include <signal.h>

#include "../needm/needm_test.h"
#include "faults.h"
#include "freeze.h"

#define THREADS 4
#define MOVES 5000
#define PAIRS_MOVED 100 /* at least, of each thread */

struct storm {
	struct needm_runtime rt;
	const struct extram_strategy *s;
	_Atomic uint32_t handled;
	_Atomic bool stop;
};

static struct storm *storm; /* handlers have no argument */

static void need_one(int sig)
{
	(void)sig;
	if (needm_g == NULL) {
		needm(&storm->rt, storm->s);
		dropm(&storm->rt, storm->s);
	}
	/* relaxed: a number that is waited for. */
	atomic_fetch_add_explicit(&storm->handled, 1, memory_order_relaxed);
}

static void callbacks(struct worker *w)
{
	worker_phase(w, "making callbacks between signals");
	/* relaxed: seen late is early enough. */
	while (!atomic_load_explicit(&storm->stop, memory_order_relaxed)) {
		needm_refill(&storm->rt, needm(&storm->rt, storm->s));
		dropm(&storm->rt, storm->s);
		worker_done(w);
		if (worker_random(w) % 16 == 0)
			sched_yield(); /* lets the thread that sends signals run */
	}
	needm_thread_exit(&storm->rt);
}

static void blow(struct worker *crew)
{
	unsigned at = 0;
	/* relaxed: numbers alone. */
	while (atomic_load_explicit(&storm->handled, memory_order_relaxed) < 5 * faults_threads) {
		pthread_kill(crew[at++ % THREADS].thread, SIGUSR2);
		if (at % THREADS == 0)
			sched_yield();
	}
	atomic_store_explicit(&storm->stop, true, memory_order_relaxed);
}

/* There are plenty of ms. No handler may wait for a lock that its own thread holds: golang/go issue
 * 42207. */
void faults_storm(void **state)
{
	struct storm t = {.s = *state};
	struct sigaction action = {.sa_handler = need_one, .sa_flags = SA_ONSTACK | SA_RESTART};
	const char *why = NULL;
	crew_watch("signals whose handlers need an m");
	if (!SIGNALS_ARE_PROMPT)
		return;
	storm = &t;
	check(needm_init(&t.rt, t.s, &needm_libc_memory, &why), "needm_init: %s", why);
	for (int i = 0; i < 4 * THREADS; i++)
		check(one_new_extra_m(&t.rt, &why), "one_new_extra_m: %s", why);
	sigaction(SIGUSR2, &action, NULL);
	struct worker *crew = crew_start(THREADS, callbacks, &t);
	blow(crew);
	crew_join(crew);
	sigaction(SIGUSR2, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	needm_fini(&t.rt);
}

struct moved {
	struct fixture f;
	_Atomic bool stop;
};

static void pairs(struct worker *w)
{
	struct moved *t = w->arg;
	bool last;
	worker_phase(w, "getting and putting while it is moved");
	/* relaxed: seen late is early enough. */
	while (!atomic_load_explicit(&t->stop, memory_order_relaxed)) {
		struct payload_m *p = fixture_get(&t->f, w, true, &last);
		check(p != NULL, "no m, though the other threads can have no more than %u of %u", w->of - 1, t->f.n);
		fixture_put(&t->f, w, p);
		if (worker_random(w) % 64 == 0)
			sched_yield(); /* lets the thread that moves it run */
	}
	t->f.s->thread_exit(t->f.list);
}

/* Another thread moves it, at any instruction. */
static void move(struct worker *thread, struct worker *w)
{
	int err = crew_move(thread->thread, crew_cpu(worker_random(w)));
	check(err == 0, "a thread cannot be moved: error %d", err);
}

/* The pairs of the thread that made the fewest. A pair is two operations. */
static uint64_t least_pairs(const struct worker *crew)
{
	uint64_t least = UINT64_MAX;
	for (unsigned i = 0; i < THREADS; i++) {
		/* relaxed: a number that is waited for. */
		uint64_t pairs = atomic_load_explicit(&crew[i].operations, memory_order_relaxed) / 2;
		least = pairs < least ? pairs : least;
	}
	return least;
}

/* A moved thread that does nothing proves nothing, so moves go on until each thread has made some
 * pairs. */
void faults_moved(void **state)
{
	struct worker *w = crew_watch("threads are moved between CPUs");
	if (crew_cpus() == 1)
		return;
	struct moved t = {.f = fixture_make(*state, THREADS)};
	fixture_fill(&t.f, w);
	struct worker *crew = crew_start(THREADS, pairs, &t);
	for (unsigned i = 0; i < MOVES || least_pairs(crew) < PAIRS_MOVED; i++) {
		move(&crew[i % THREADS], w);
		if (i % 8 == 0)
			sched_yield();
	}
	/* relaxed: seen late is early enough. */
	atomic_store_explicit(&t.stop, true, memory_order_relaxed);
	crew_join(crew);
	fixture_drain(&t.f, w, THREADS);
	fixture_free(&t.f);
}

bool faults_may_freeze(const struct extram_strategy *s)
{
	return (s->properties & EXTRAM_LOCK_FREE) != 0 && SIGNALS_ARE_PROMPT;
}

/* The stopped thread goes on only when the others have done that much. If they wait for it, this
 * hangs, and the watchdog reports it. */
void faults_frozen(void **state)
{
	const struct extram_strategy *s = *state;
	struct worker *w = crew_watch("a thread stops inside an operation");
	uint64_t since[THREADS];
	struct freeze z;
	if (!faults_may_freeze(s))
		return;
	freeze_start(&z, s, THREADS, false);
	for (unsigned i = 0; i < (faults_threads + 39) / 40; i++) {
		freeze_now(&z, w);
		freeze_note(&z, since);
		worker_phase(w, "waiting until every other thread has done something");
		while (freeze_least_done(&z, since) < 20)
			sched_yield();
		freeze_thaw(&z);
		worker_done(w);
	}
	freeze_end(&z);
}
