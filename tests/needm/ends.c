/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of threads and of runtimes, and the state in which a thread uses the list. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "destructors.h"
#include "needm_test.h"

/* What no destructor of needm or of the strategy gives back. */
static bool keeps_for_ever(const struct world *t)
{
	return (t->s->properties & (EXTRAM_BOUND | EXTRAM_KEEPS)) == EXTRAM_KEEPS;
}

static void call(struct world *t)
{
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	needm_refill(&t->rt, mp);
	check(needm_g == mp->g0, "another g came back");
	needm_leave(&t->rt, t->s);
	if (keeps_for_ever(t))
		needm_thread_exit(&t->rt);
}

struct ends {
	struct world t;
	struct destructors late;
	uint64_t mask; /* of a thread without an m */
	struct crew_gate gate;
};

static void call_late(struct worker *w)
{
	struct ends *e = w->arg;
	call(&e->t);
	check(needm_g != NULL || world_mask() == e->mask, "the end of the thread left another signal mask");
}

static void all_came_back(void *arg)
{
	struct ends *e = arg;
	uint32_t parked = e->t.s->length(e->t.rt.list), n = world_created(&e->t);
	check(parked == n, "%u ms on the list, %u made. Callbacks in rounds %x of keys %x, before: %d", parked, n, e->late.rounds,
	      e->late.keys, e->late.before);
}

void ends_destructors(void **state)
{
	struct ends e;
	memset((void *)&e, 0, sizeof(e));
	destructors_begin(&e.late);
	world_make(&e.t, state, "destructors that make callbacks after the thread's m is gone");
	e.late.call = call_late;
	e.late.arg = &e;
	e.mask = world_mask();
	destructors_all(&e.late, all_came_back);
	check(world_created(&e.t) <= 2, "%u ms were made for one thread at a time", world_created(&e.t));
	world_free(&e.t);
}

static const struct extram_strategy *inner;

static void check_state_around_list(void)
{
	check(world_mask() == world_all_signals(), "the list is used with signals open: mask %llx", (unsigned long long)world_mask());
	check(needm_g == NULL, "the list is used by a thread with a g");
}

static struct m *get_inner(struct extram_list *list, bool nilokay, bool *last)
{
	check_state_around_list();
	check(!nilokay, "needm cannot do without an m");
	return inner->get(list, nilokay, last);
}

static void put_inner(struct extram_list *list, struct m *mp)
{
	check_state_around_list();
	inner->put(list, mp);
}

static void thread_exit_inner(struct extram_list *list)
{
	check_state_around_list();
	inner->thread_exit(list);
}

/* The strategy, but it checks what must hold around each use of the list. */
static struct extram_strategy watched_strategy(struct world *t)
{
	struct extram_strategy watched = *t->s;
	inner = t->s;
	watched.get = get_inner;
	watched.put = put_inner;
	watched.thread_exit = thread_exit_inner;
	return watched;
}

/* A handler that interrupted the thread here would wait for the m or the lock that its own thread
 * has. */
void signals_blocked_in_list(void **state)
{
	struct world t;
	world_make(&t, state, "the list is used with signals blocked and without a g");
	struct extram_strategy watched = watched_strategy(&t);
	t.rt.strategy = &watched;
	for (int i = 0; i < 10; i++) {
		needm(&t.rt, &watched);
		dropm(&t.rt, &watched);
		uint64_t mask = world_mask();
		needm_thread_exit(&t.rt);
		assert_int_equal(world_mask(), mask);
	}
	t.rt.strategy = inner;
	world_free(&t);
}

static void call_once(struct worker *w)
{
	struct ends *e = w->arg;
	needm_enter(&e->t.rt, e->t.rt.strategy);
	needm_leave(&e->t.rt, e->t.rt.strategy);
	if (keeps_for_ever(&e->t))
		needm_thread_exit(&e->t.rt);
}

void ends_signals_blocked(void **state)
{
	struct ends e;
	memset((void *)&e, 0, sizeof(e));
	world_make(&e.t, state, "signals are blocked at a thread's end");
	const char *why = NULL;
	assert_true(one_new_extra_m(&e.t.rt, &why)); /* so that no refill is owed */
	struct extram_strategy watched = watched_strategy(&e.t);
	e.t.rt.strategy = &watched;
	for (int i = 0; i < 5; i++)
		crew_run(1, call_once, &e);
	e.t.rt.strategy = e.t.s;
	world_free(&e.t);
}

#define RUNTIMES 8
#define THREADS 3

static void stay(struct worker *w)
{
	struct ends *e = w->arg;
	for (int i = 0; i < RUNTIMES; i++) {
		worker_phase(w, "waiting for the next runtime");
		crew_meet(&e->gate, THREADS + 1);
		for (int n = 0; n < 20; n++)
			call(&e->t);
		needm_thread_exit(&e->t.rt);
		check(needm_g == NULL, "a g stays with a thread that gave its m back");
		worker_done(w);
		crew_meet(&e->gate, THREADS + 1);
	}
	crew_meet(&e->gate, THREADS + 1); /* a thread's end uses the list, and may not meet its end */
}

/* The next runtime is in the same memory, and the threads of the last one use it. Their ends must
 * not reach for any. */
void ends_runtime_again(void **state)
{
	struct ends e;
	memset((void *)&e, 0, sizeof(e));
	world_make(&e.t, state, "a runtime ends and begins again, and its threads stay");
	struct worker *crew = crew_start(THREADS, stay, &e);
	for (int i = 0; i < RUNTIMES; i++) {
		if (i > 0)
			world_make_again(&e.t);
		crew_meet(&e.gate, THREADS + 1);
		worker_phase(e.t.w, "waiting until the threads gave their ms back");
		crew_meet(&e.gate, THREADS + 1);
		world_free(&e.t);
	}
	crew_meet(&e.gate, THREADS + 1);
	crew_join(crew);
}
