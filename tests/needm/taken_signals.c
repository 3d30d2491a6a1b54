/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers that need an m, where another thread may take their thread's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "taken.h"

/* Handlers have no argument. */
static struct {
	struct world *t;
	enum needm_signal signal, nested;
	struct needm_m *mp;
	struct holder *waiter; /* waits for an m while the handler has one */
} handler;

/* Until the waiter sleeps, or is about to. */
static void let_wait(struct holder *h)
{
	holder_begin(h, handler.t);
	while (extram_waiters(handler.t->rt.list) == 0)
		sched_yield();
	extram_take_waiters(handler.t->rt.list);
}

static void on_signal(int sig)
{
	struct world *t = handler.t;
	struct g *found = needm_g;
	bool in_c = needm_in_c;
	uint64_t mask = world_mask();
	enum needm_signal signal = needm_signal_enter(&t->rt, t->s);
	check(needm_g != NULL && !needm_in_c, "a handler has no g");
	struct needm_m *mp = needm_g->m;
	check(mp->procid == (uint64_t)syscall(SYS_gettid), "a handler has another thread's m");
	if (sig == SIGUSR1) {
		handler.signal = signal;
		handler.mp = mp;
		if (SIGNALS_ARE_PROMPT)
			raise(SIGUSR2);
		check(needm_g == mp->g0 && !needm_in_c, "a handler within left another g");
	} else {
		handler.nested = signal;
		check(signal != NEEDM_SIGNAL_INSIDE || mp == handler.mp, "a handler within has another m");
	}
	if (handler.waiter != NULL && sig == SIGUSR1)
		let_wait(handler.waiter);
	needm_signal_leave(&t->rt, t->s, signal);
	check(needm_g == found && needm_in_c == in_c, "a handler left another g");
	/* ThreadSanitizer blocks all 64 in a handler. The library does not restore two of them. */
	check(world_mask() == mask || !SIGNALS_ARE_PROMPT, "a handler left another signal mask");
}

static bool begin(struct taken *p, void **state, const char *test)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
	if (!taken_begin(p, state, test, NULL))
		return false;
	memset(&handler, 0, sizeof(handler));
	handler.t = &p->t;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	return true;
}

static void end(struct taken *p)
{
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigaction(SIGUSR2, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	taken_end(p);
}

static void check_handler(enum needm_signal signal, const struct needm_m *mp)
{
	handler.signal = handler.nested = NEEDM_SIGNAL_BORROWED + 1;
	raise(SIGUSR1);
	assert_int_equal(handler.signal, signal);
	assert_true(handler.nested == NEEDM_SIGNAL_INSIDE || !SIGNALS_ARE_PROMPT);
	assert_true(mp == NULL || handler.mp == mp);
}

void taken_handlers_idle(void **state)
{
	struct taken p;
	if (!begin(&p, state, "a handler and the bound m"))
		return;
	for (int i = 0; i < 3; i++) {
		check_handler(NEEDM_SIGNAL_BOUND, p.first);
		assert_int_equal(world_mask(), p.inside);
		assert_ptr_equal(needm_enter(&p.t.rt, p.t.s), p.first);
		taken_check_m(&p, p.first);
		check_handler(NEEDM_SIGNAL_INSIDE, p.first);
		needm_leave(&p.t.rt, p.t.s);
	}
	needm_thread_exit(&p.t.rt);
	check_handler(NEEDM_SIGNAL_BORROWED, NULL);
	end(&p);
}

/* The handler borrows whichever m is spare, also the one that was the thread's. Nothing of it
 * stays. */
void taken_handlers_taken(void **state)
{
	struct taken p;
	const char *why;
	if (!begin(&p, state, "a handler after the m was taken"))
		return;
	taken_take(&p);
	assert_true(one_new_extra_m(&p.t.rt, &why));
	for (int i = 0; i < 3; i++) {
		check_handler(NEEDM_SIGNAL_BORROWED, NULL);
		assert_true(handler.mp != p.first && handler.mp != p.of_other.mp);
		assert_int_equal(p.t.s->bound->spare(p.t.rt.list), 1);
		assert_int_equal(world_mask(), p.inside);
	}
	struct holder third;
	holder_start(&third, &p.t);
	holder_end(&p.of_first);
	check_handler(NEEDM_SIGNAL_BORROWED, p.first);
	assert_int_equal(p.t.s->bound->spare(p.t.rt.list), 1);
	assert_ptr_equal(needm_enter(&p.t.rt, p.t.s), p.first);
	taken_check_m(&p, p.first);
	check_handler(NEEDM_SIGNAL_INSIDE, p.first);
	needm_leave(&p.t.rt, p.t.s);
	check_handler(NEEDM_SIGNAL_BOUND, p.first);
	holder_end(&third);
	holder_end(&p.of_other);
	assert_int_equal(world_created(&p.t), 3);
	end(&p);
}

/* While the handler has the bound m, another thread begins to wait for one. */
void taken_handlers_wanted(void **state)
{
	struct taken p;
	struct holder waiter;
	if (!begin(&p, state, "a handler whose m is wanted"))
		return;
	for (int i = 0; i < 3; i++) {
		holder_start(&p.of_other, &p.t);
		handler.waiter = &waiter;
		check_handler(NEEDM_SIGNAL_BOUND, p.first);
		handler.waiter = NULL;
		holder_wait(&waiter);
		assert_ptr_equal(waiter.mp, p.first);
		assert_int_equal(world_mask(), p.inside);
		holder_leave(&p.of_other);
		check_handler(NEEDM_SIGNAL_BORROWED, p.of_other.mp);
		p.first = needm_enter(&p.t.rt, p.t.s);
		taken_check_m(&p, p.first);
		needm_leave(&p.t.rt, p.t.s);
		holder_end(&waiter);
		holder_end(&p.of_other);
	}
	end(&p);
}

#define CALLERS 4
#define TAKERS 2
#define STORM 50 /* handlers of each kind */

static struct {
	struct world t;
	_Atomic uint32_t handlers[NEEDM_SIGNAL_BORROWED + 1];
	_Atomic bool stop;
} storm;

/* relaxed, all three: numbers that are waited for. */
static void bump(enum needm_signal signal)
{
	atomic_fetch_add_explicit(&storm.handlers[signal], 1, memory_order_relaxed);
}

static uint32_t number(enum needm_signal signal)
{
	return atomic_load_explicit(&storm.handlers[signal], memory_order_relaxed);
}

static bool stopped(void)
{
	return atomic_load_explicit(&storm.stop, memory_order_relaxed);
}

static void check_g(const struct needm_m *mp, const char *who)
{
	check(needm_g == mp->g0 && !needm_in_c, "%s has another g", who);
}

/* minit opens signals before it sets procid, as in Go. So a handler does not look at it. */
static void on_storm(int sig)
{
	(void)sig;
	struct g *found = needm_g;
	bool in_c = needm_in_c;
	enum needm_signal signal = needm_signal_enter(&storm.t.rt, storm.t.s);
	check(needm_g == needm_g->m->g0, "a handler has another g");
	/* If it interrupted its thread on the way into a callback or out of it, the flag stays. */
	check(!needm_in_c || signal == NEEDM_SIGNAL_INSIDE, "a handler with an m of its own seems to be in C");
	needm_signal_leave(&storm.t.rt, storm.t.s, signal);
	check(needm_g == found && needm_in_c == in_c, "a handler left another g");
	bump(signal);
}

static void call(struct worker *w)
{
	struct needm_m *mp = needm_enter(&storm.t.rt, storm.t.s);
	check_g(mp, "a callback");
	if (worker_random(w) % 8 == 0)
		sched_yield();
	check_g(mp, "a callback after handlers");
	check(mp->procid == (uint64_t)syscall(SYS_gettid), "a callback has another thread's m");
	needm_leave(&storm.t.rt, storm.t.s);
	worker_done(w);
}

/* Without a refill: nothing more is made. */
static void callers(struct worker *w)
{
	worker_phase(w, "making callbacks in a storm");
	uint64_t mask = world_mask();
	while (!stopped()) {
		call(w);
		if (worker_random(w) % 16 == 0)
			sched_yield();
		if (worker_random(w) % 256 == 0)
			needm_thread_exit(&storm.t.rt);
	}
	needm_thread_exit(&storm.t.rt);
	check(needm_g == NULL && world_mask() == mask, "the storm left another g or mask");
}

/* Takes an idle m each time. */
static void takers(struct worker *w)
{
	worker_phase(w, "taking idle ms");
	while (!stopped()) {
		call(w);
		needm_thread_exit(&storm.t.rt);
		sched_yield();
	}
}

static bool enough(void)
{
	return number(NEEDM_SIGNAL_INSIDE) >= STORM && number(NEEDM_SIGNAL_BOUND) >= STORM && number(NEEDM_SIGNAL_BORROWED) >= STORM;
}

static uint32_t handled(void)
{
	return number(NEEDM_SIGNAL_INSIDE) + number(NEEDM_SIGNAL_BOUND) + number(NEEDM_SIGNAL_BORROWED);
}

/* As in signals.c: two kinds for each thread, then waits for the handlers. */
static void strike(struct worker *crew)
{
	uint32_t before = handled();
	for (unsigned i = 0; i < 2 * CALLERS; i++)
		pthread_kill(crew[i % CALLERS].thread, i < CALLERS ? SIGUSR1 : SIGUSR2);
	while (handled() - before < 2 * CALLERS)
		sched_yield();
}

/* Three ms for six threads and their handlers. */
void taken_storm(void **state)
{
	struct sigaction action = {.sa_handler = on_storm, .sa_flags = SA_ONSTACK | SA_RESTART}, old[2];
	const char *why;
	if (!SIGNALS_ARE_PROMPT || ((const struct extram_strategy *)*state)->bound == NULL)
		return;
	memset((void *)&storm, 0, sizeof(storm));
	world_make(&storm.t, state, "a storm of signals with few ms");
	while (world_created(&storm.t) < 3)
		assert_true(one_new_extra_m(&storm.t.rt, &why));
	sigaction(SIGUSR1, &action, &old[0]);
	sigaction(SIGUSR2, &action, &old[1]);
	struct worker *callers_crew = crew_start(CALLERS, callers, NULL), *takers_crew = crew_start(TAKERS, takers, NULL);
	worker_phase(storm.t.w, "sending signals");
	while (!enough())
		strike(callers_crew);
	atomic_store_explicit(&storm.stop, true, memory_order_relaxed); /* relaxed: seen late is early enough */
	worker_phase(storm.t.w, "waiting for the threads to end");
	crew_join(callers_crew);
	crew_join(takers_crew);
	sigaction(SIGUSR1, &old[0], NULL);
	sigaction(SIGUSR2, &old[1], NULL);
	assert_int_equal(world_created(&storm.t), 3);
	assert_int_equal(storm.t.s->length(storm.t.rt.list), 3);
	world_free(&storm.t);
}
