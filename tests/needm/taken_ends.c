/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of threads and of bindings, where another thread may take a bound m. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>

#include "destructors.h"
#include "taken.h"

struct ends {
	struct world t;
	struct destructors late;
	uint64_t mask;
	bool lived; /* the thread has called before, and its m was taken */
};

static struct needm_m *call(struct world *t)
{
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	check(needm_g == mp->g0, "another g came back");
	needm_leave(&t->rt, t->s);
	return mp;
}

/* Two threads take both ms, and end. The thread's own m ends up where others find it. */
static void lose_m(struct ends *e, const struct needm_m *mine)
{
	struct holder h[2];
	for (int i = 0; i < 2; i++)
		holder_start(&h[i], &e->t);
	check(h[0].mp == mine || h[1].mp == mine, "the thread's m was not taken");
	holder_end(&h[h[0].mp == mine]);
	holder_end(&h[h[0].mp != mine]);
}

static void call_late(struct worker *w)
{
	struct ends *e = w->arg;
	struct needm_m *mp = call(&e->t);
	check(needm_g != NULL || world_mask() == e->mask, "the end of the thread left another signal mask");
	if (e->late.before && !e->lived)
		lose_m(e, mp);
	e->lived = true;
}

static void all_came_back(void *arg)
{
	struct ends *e = arg;
	uint32_t parked = e->t.s->length(e->t.rt.list), n = world_created(&e->t);
	check(parked == n, "%u ms on the list, %u made. Callbacks in rounds %x of keys %x, before: %d", parked, n, e->late.rounds,
	      e->late.keys, e->late.before);
	e->lived = false;
}

void taken_destructors(void **state)
{
	struct ends e;
	const char *why;
	if (((const struct extram_strategy *)*state)->bound == NULL)
		return;
	memset((void *)&e, 0, sizeof(e));
	destructors_begin(&e.late);
	world_make(&e.t, state, "destructors after the m was taken");
	assert_true(one_new_extra_m(&e.t.rt, &why));
	e.late.call = call_late;
	e.late.arg = &e;
	e.mask = world_mask();
	destructors_all(&e.late, all_came_back);
	assert_int_equal(world_created(&e.t), 2);
	world_free(&e.t);
}

struct two {
	struct world t[2];
	bool exits;
};

/* The thread is in a callback with the only m. Its end gives the m to a thread that waits. */
static void give_to_waiter(struct world *t)
{
	struct holder h;
	needm_enter(&t->rt, t->s);
	holder_begin(&h, t);
	while (extram_waiters(t->rt.list) == 0)
		sched_yield();
	extram_take_waiters(t->rt.list);
	needm_leave(&t->rt, t->s);
	holder_wait(&h);
	holder_end(&h);
}

/* The list of the first runtime has nothing bound to the thread when that of the second binds
 * something. The thread's key and signal stack stay the first one's. */
static void lose_and_call_both(struct worker *w)
{
	struct two *p = w->arg;
	stack_t before = world_no_stack();
	uint64_t mask = world_mask();
	worker_phase(w, "losing an m, and calling another runtime");
	give_to_waiter(&p->t[0]);
	for (int i = 0; i < 6; i++)
		call(&p->t[1 - i % 2]);
	for (int i = 0; i < 2 && p->exits; i++)
		needm_thread_exit(&p->t[i].rt);
	check(!p->exits || (needm_g == NULL && world_mask() == mask), "a thread that gave its ms back has a g or another mask");
	check(!p->exits || world_stack().ss_flags & SS_DISABLE, "a thread that gave its ms back has a signal stack of one");
	if ((before.ss_flags & SS_DISABLE) == 0)
		sigaltstack(&before, NULL);
}

void taken_two_runtimes(void **state)
{
	if (((const struct extram_strategy *)*state)->bound == NULL)
		return;
	for (int i = 0; i < 4; i++) {
		struct two p = {.exits = i % 2 == 0};
		for (int n = 0; n < 2; n++)
			world_make(&p.t[n], state, "two runtimes, and one takes its m back");
		crew_run(1, lose_and_call_both, &p);
		for (int n = 0; n < 2; n++)
			world_free(&p.t[n]);
	}
}

#define MANY 60

static void call_and_end(struct worker *w)
{
	struct world *t = w->arg;
	needm_refill(&t->rt, needm_enter(&t->rt, t->s));
	needm_leave(&t->rt, t->s);
}

/*
 * Threads that call once, one after another, and stay idle. The get that drains the reserve sends
 * the hand over the idle ms. It takes those that it has passed before. So the third thread finds
 * the first one's m, the fourth the second one's, and three ms do for any number of threads.
 */
void taken_many_threads(void **state)
{
	struct taken p;
	struct holder h[MANY];
	if (!taken_begin(&p, state, "a few ms serve many idle threads", NULL))
		return;
	for (int i = 0; i < MANY; i++) {
		holder_start(&h[i], &p.t);
		if (p.t.s->bound->spare(p.t.rt.list) == 0) {
			const char *why;
			assert_true(newextram(&p.t.rt, &why));
		}
		holder_leave(&h[i]);
	}
	check(world_created(&p.t) <= 3, "%u ms were made for one callback at a time", world_created(&p.t));
	assert_int_equal(p.t.s->length(p.t.rt.list), world_created(&p.t));
	for (int i = 0; i < MANY; i++)
		holder_end(&h[i]);
	for (int i = 0; i < 500; i++)
		crew_run(1, call_and_end, &p.t);
	check(world_created(&p.t) <= 3, "%u ms were made for one thread at a time", world_created(&p.t));
	taken_end(&p);
}
