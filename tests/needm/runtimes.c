/* SPDX-License-Identifier: BSD-3-Clause */
/* Two runtimes in one process: each has its list and its ms, and a thread may make callbacks into
 * both. What is bound to a thread is one runtime's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "needm_test.h"

#define RUNTIMES 2

struct pair {
	struct world t[RUNTIMES];
};

static bool only_one(void **state)
{
	const struct extram_strategy *s = *state;
	return (s->properties & EXTRAM_FLOOR) != 0;
}

static void make(struct pair *p, void **state, const char *test)
{
	for (int i = 0; i < RUNTIMES; i++)
		world_make(&p->t[i], state, test);
}

static void end(struct pair *p)
{
	for (int i = 0; i < RUNTIMES; i++)
		world_free(&p->t[i]);
}

/* Marks the m as the runtime's. It is new, or has been marked before. */
static void check_mark(const struct needm_m *mp, int runtime)
{
	char *mark = &mp->g0->scheduler[0], ours = (char)(runtime + 1);
	check(*mark == 0 || *mark == ours, "a callback into runtime %d got an m of the other one", runtime);
	*mark = ours;
}

static void call(struct pair *p, int i)
{
	struct world *t = &p->t[i];
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	check(needm_g == mp->g0 && mp->g0->m == mp, "a callback has another m's g");
	check_mark(mp, i);
	needm_refill(&t->rt, mp);
	needm_leave(&t->rt, t->s);
}

static void leave(struct pair *p, int first)
{
	needm_thread_exit(&p->t[first].rt);
	needm_thread_exit(&p->t[1 - first].rt);
}

/* Whichever comes first may bind its m. The thread's mask, and its g, are then as after that
 * runtime's callback. */
void runtimes_one_thread(void **state)
{
	if (only_one(state))
		return;
	for (int k = 0; k < 2 * RUNTIMES; k++) {
		int first = k % RUNTIMES;
		struct pair p;
		make(&p, state, "callbacks into two runtimes, by one thread");
		uint64_t before = world_mask();
		call(&p, first);
		struct g *between = needm_g;
		uint64_t mask = world_mask();
		for (int i = 0; i < 20; i++) {
			call(&p, 1 - first);
			check(needm_g == between, "another runtime's callback leaves another g");
			check(world_mask() == mask, "another runtime's callback leaves another mask");
			call(&p, i % RUNTIMES);
		}
		leave(&p, k / RUNTIMES);
		assert_null(needm_g);
		assert_int_equal(world_mask(), before);
		assert_true(world_created(&p.t[0]) == 2 && world_created(&p.t[1]) == 2);
		end(&p);
	}
}

static void call_both(struct worker *w)
{
	worker_phase(w, "making callbacks into two runtimes");
	for (int i = 0; i < 100; i++) {
		call(w->arg, (int)(worker_random(w) % RUNTIMES));
		worker_done(w);
	}
	leave(w->arg, (int)(w->rank % RUNTIMES));
}

void runtimes_threads(void **state)
{
	if (only_one(state))
		return;
	struct pair p;
	make(&p, state, "callbacks into two runtimes, by four threads");
	for (int i = 0; i < 10; i++) {
		crew_run(4, call_both, &p);
		for (int k = 0; k < RUNTIMES; k++) {
			uint32_t parked = p.t[k].s->length(p.t[k].rt.list), made = world_created(&p.t[k]);
			check(parked == made, "%u ms on list %d, %u made", parked, k, made);
			check(made < 30, "%u ms were made for 4 threads", made);
		}
	}
	end(&p);
}

/* The thread has an m bound, or has none. The other runtime ends, and begins again. */
void runtimes_one_ends(void **state)
{
	if (only_one(state))
		return;
	struct pair p;
	make(&p, state, "one of two runtimes ends");
	for (int i = 0; i < 10; i++) {
		call(&p, i % RUNTIMES);
		call(&p, 1 - i % RUNTIMES);
		needm_thread_exit(&p.t[0].rt);
		call(&p, 1);
		world_free(&p.t[0]);
		call(&p, 1);
		world_make(&p.t[0], state, "one of two runtimes has ended");
		check(world_created(&p.t[1]) == 2, "%u ms were made for one thread", world_created(&p.t[1]));
	}
	leave(&p, 1);
	end(&p);
}

/* A thread that has a signal stack of one runtime, and no m, binds no m of the other one. */
void runtimes_unbound(void **state)
{
	const struct extram_strategy *s = *state;
	if (s->bound == NULL)
		return;
	struct pair p;
	make(&p, state, "unbound from one of two runtimes");
	for (int i = 0; i < 4; i++) {
		struct needm_runtime *rt = &p.t[i % RUNTIMES].rt;
		call(&p, i % RUNTIMES);
		assert_ptr_equal(needm_bound, rt);
		needm_enter(rt, s);
		s->thread_exit(rt->list);
		needm_leave(rt, s);
		assert_null(needm_bound);
		call(&p, 1 - i % RUNTIMES);
		assert_null(needm_bound);
		call(&p, i % RUNTIMES);
		assert_true(needm_bound == NULL || needm_bound == rt); /* the other list may have bound its m */
		leave(&p, i % RUNTIMES);
	}
	end(&p);
}
