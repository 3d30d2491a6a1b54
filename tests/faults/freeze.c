/* SPDX-License-Identifier: BSD-3-Clause */
#include "freeze.h"

#include <sched.h>
#include <signal.h>
#include <time.h>

static struct freeze *frozen; /* handlers have no argument */

/* relaxed, both: flags and numbers that a thread waits for. No other data depends on them. */
static bool is(_Atomic bool *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed);
}

static void set(_Atomic bool *flag, bool to)
{
	atomic_store_explicit(flag, to, memory_order_relaxed);
}

static void nap(long us)
{
	nanosleep(&(const struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void stand_still(int sig)
{
	(void)sig;
	set(&frozen->cold, true);
	while (!is(&frozen->thaw))
		nap(100);
	set(&frozen->cold, false);
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void note_time(struct freeze *z, uint64_t start)
{
	uint64_t took = now() - start;
	/* relaxed, both: a number, read while the threads pause. */
	uint64_t worst = atomic_load_explicit(&z->worst, memory_order_relaxed);
	while (took > worst && !atomic_compare_exchange_weak_explicit(&z->worst, &worst, took, memory_order_relaxed, memory_order_relaxed))
		;
}

/* Uses only the list, so that it stops inside the list. */
static void victim(struct freeze *z)
{
	bool last;
	while (!is(&z->stop)) {
		struct m *mp = z->f.s->get(z->f.list, true, &last);
		if (mp != NULL)
			z->f.s->put(z->f.list, mp);
	}
}

static void other(struct freeze *z, struct worker *w)
{
	bool last;
	worker_phase(w, "working while another thread stands still");
	while (!is(&z->stop)) {
		uint64_t start = is(&z->timed) ? now() : 0;
		struct payload_m *p = fixture_get(&z->f, w, true, &last);
		if (p != NULL)
			fixture_put(&z->f, w, p);
		if (is(&z->timed))
			note_time(z, start);
	}
}

static void work(struct worker *w)
{
	struct freeze *z = w->arg;
	w->rank == 0 ? victim(z) : other(z, w);
	z->f.s->thread_exit(z->f.list);
}

void freeze_start(struct freeze *z, const struct extram_strategy *s, unsigned threads, bool timed)
{
	struct sigaction action = {.sa_handler = stand_still, .sa_flags = SA_RESTART};
	*z = (struct freeze){.f = fixture_make(s, 2 * threads)};
	set(&z->timed, timed);
	frozen = z;
	sigaction(SIGUSR1, &action, NULL);
	fixture_fill(&z->f, crew_watch("a thread stops inside an operation"));
	z->crew = crew_start(threads, work, z);
}

void freeze_now(struct freeze *z, struct worker *w)
{
	set(&z->thaw, false);
	nap(worker_random(w) % 500);
	pthread_kill(z->crew[0].thread, SIGUSR1);
	while (!is(&z->cold))
		sched_yield();
}

void freeze_thaw(struct freeze *z)
{
	set(&z->thaw, true);
	while (is(&z->cold))
		sched_yield();
}

static uint64_t done_by(struct freeze *z, unsigned rank)
{
	/* relaxed: a number. */
	return atomic_load_explicit(&z->crew[rank].operations, memory_order_relaxed);
}

void freeze_note(struct freeze *z, uint64_t *since)
{
	for (unsigned i = 1; i < z->crew->of; i++)
		since[i] = done_by(z, i);
}

uint64_t freeze_least_done(struct freeze *z, const uint64_t *since)
{
	uint64_t least = UINT64_MAX;
	for (unsigned i = 1; i < z->crew->of; i++)
		least = done_by(z, i) - since[i] < least ? done_by(z, i) - since[i] : least;
	return least;
}

uint64_t freeze_all_done(struct freeze *z, const uint64_t *since)
{
	uint64_t sum = 0;
	for (unsigned i = 1; i < z->crew->of; i++)
		sum += done_by(z, i) - since[i];
	return sum;
}

void freeze_end(struct freeze *z)
{
	struct worker *w = crew_watch("a thread stops inside an operation: the end");
	set(&z->stop, true);
	for (unsigned i = 0; i < z->crew->of; i++)
		pthread_join(z->crew[i].thread, NULL);
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	fixture_drain(&z->f, w, z->f.n);
	fixture_free(&z->f);
}
