/* SPDX-License-Identifier: BSD-3-Clause */
/* What a thread finds when another one has taken its m between two callbacks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "taken.h"

static void hold(struct worker *w)
{
	struct holder *h = w->arg;
	struct world *t = h->t;
	stack_t before = world_no_stack();
	worker_phase(w, "waiting for an m");
	h->mp = needm_enter(&t->rt, t->s);
	check(needm_g == h->mp->g0 && h->mp->procid == (uint64_t)syscall(SYS_gettid), "a callback has another thread's m");
	h->stack = world_stack();
	worker_phase(w, "in a callback");
	sem_post(&h->done);
	sem_wait(&h->go);
	check(needm_g == h->mp->g0 && h->mp->procid == (uint64_t)syscall(SYS_gettid), "the m was taken within a callback");
	needm_leave(&t->rt, t->s);
	worker_phase(w, "between callbacks");
	sem_post(&h->done);
	sem_wait(&h->go);
	if ((t->s->properties & (EXTRAM_BOUND | EXTRAM_KEEPS)) == EXTRAM_KEEPS)
		needm_thread_exit(&t->rt);
	if ((before.ss_flags & SS_DISABLE) == 0)
		sigaltstack(&before, NULL);
}

void holder_begin(struct holder *h, struct world *t)
{
	h->t = t;
	h->mp = NULL;
	sem_init(&h->go, 0, 0);
	sem_init(&h->done, 0, 0);
	h->crew = crew_start(1, hold, h);
}

void holder_wait(struct holder *h)
{
	sem_wait(&h->done);
}

void holder_start(struct holder *h, struct world *t)
{
	holder_begin(h, t);
	holder_wait(h);
}

void holder_leave(struct holder *h)
{
	sem_post(&h->go);
	sem_wait(&h->done);
}

void holder_end(struct holder *h)
{
	sem_post(&h->go);
	sem_post(&h->go);
	crew_join(h->crew);
	sem_destroy(&h->go);
	sem_destroy(&h->done);
}

bool taken_begin(struct taken *p, void **state, const char *test, const stack_t *stack)
{
	const struct extram_strategy *s = *state;
	if (s->bound == NULL)
		return false;
	memset((void *)p, 0, sizeof(*p));
	world_make(&p->t, state, test);
	p->stack = world_no_stack();
	if (stack != NULL)
		sigaltstack(stack, NULL);
	p->mask = world_mask() | world_bit(SIGHUP) | world_bit(SIGPROF);
	world_set_mask(p->mask);
	p->first = needm_enter(&p->t.rt, p->t.s);
	p->inside = world_mask();
	assert_int_equal(p->inside, p->mask & ~p->t.rt.unblockable);
	needm_refill(&p->t.rt, p->first);
	needm_leave(&p->t.rt, p->t.s);
	assert_int_equal(world_created(&p->t), 2);
	return true;
}

void taken_take(struct taken *p)
{
	holder_start(&p->of_other, &p->t);
	check(p->of_other.mp != p->first, "an idle m is taken although there is another");
	holder_start(&p->of_first, &p->t);
	check(p->of_first.mp == p->first, "no other thread has taken the idle m");
	assert_int_equal(p->t.s->length(p->t.rt.list), 0);
}

void taken_end(struct taken *p)
{
	needm_thread_exit(&p->t.rt);
	assert_null(needm_g);
	assert_int_equal(world_mask(), p->mask);
	world_set_mask(p->mask & ~(world_bit(SIGHUP) | world_bit(SIGPROF)));
	sigaltstack(&p->stack, NULL);
	world_free(&p->t);
}

void taken_check_m(struct taken *p, struct needm_m *mp)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), stack = (uintptr_t)world_stack().ss_sp;
	assert_ptr_equal(needm_g, mp->g0);
	assert_ptr_equal(needm_g->m, mp);
	assert_ptr_equal(needm_bound, &p->t.rt);
	assert_null(mp->outer);
	assert_int_equal(mp->procid, syscall(SYS_gettid));
	assert_int_equal(mp->sigmask, p->mask);
	assert_true(needm_g->stack_lo < here && here < needm_g->stack_hi);
	assert_int_equal(mp->gsignal->stack_lo, stack);
}

/* A bound m's callback makes no system call, so a changed mask stays. */
static void check_bound(struct taken *p, const struct needm_m *mp)
{
	for (int i = 0; i < 3; i++) {
		uint64_t mask = p->inside | (i == 1 ? world_bit(SIGUSR2) : 0);
		world_set_mask(mask);
		assert_ptr_equal(needm_enter(&p->t.rt, p->t.s), mp);
		assert_int_equal(world_mask(), mask);
		needm_leave(&p->t.rt, p->t.s);
	}
}

void taken_next_callback(void **state)
{
	struct taken p;
	if (!taken_begin(&p, state, "the callback after the m was taken", NULL))
		return;
	check_bound(&p, p.first);
	for (int i = 0; i < 3; i++) {
		taken_take(&p);
		assert_int_equal(world_mask(), p.inside);
		holder_leave(&p.of_other);
		struct needm_m *mp = needm_enter(&p.t.rt, p.t.s);
		assert_ptr_equal(mp, p.of_other.mp);
		taken_check_m(&p, mp);
		assert_int_equal(world_mask(), p.inside);
		assert_true(p.first->procid != (uint64_t)syscall(SYS_gettid));
		needm_leave(&p.t.rt, p.t.s);
		check_bound(&p, mp);
		holder_end(&p.of_first);
		holder_end(&p.of_other);
		p.first = mp;
	}
	assert_int_equal(world_created(&p.t), 2);
	taken_end(&p);
}

/* The thread blocks one more signal between callbacks. It stays blocked, as with a bound m. */
void taken_mask_changed(void **state)
{
	struct taken p;
	if (!taken_begin(&p, state, "a mask that changes before the m is taken", NULL))
		return;
	world_set_mask(p.inside | world_bit(SIGUSR2));
	taken_take(&p);
	holder_leave(&p.of_first);
	taken_check_m(&p, needm_enter(&p.t.rt, p.t.s));
	assert_int_equal(world_mask(), p.inside | world_bit(SIGUSR2));
	needm_leave(&p.t.rt, p.t.s);
	assert_int_equal(world_mask(), p.inside | world_bit(SIGUSR2));
	holder_end(&p.of_first);
	holder_end(&p.of_other);
	taken_end(&p);
}

/* As a handler may that asks for no more than an m. The list binds that m to the thread. */
static void borrow(struct taken *p)
{
	assert_true(needm(&p->t.rt, p->t.s) != p->first);
	dropm(&p->t.rt, p->t.s);
}

/* The thread's m is another thread's, or on the list, when the thread gives back what it has. */
void taken_exit(void **state)
{
	struct taken p;
	for (int i = 0; i < 4; i++) {
		if (!taken_begin(&p, state, "the end of a thread whose m was taken", NULL))
			return;
		taken_take(&p);
		holder_leave(&p.of_other);
		if (i % 2 == 1)
			holder_end(&p.of_first);
		else
			borrow(&p);
		if (i / 2 == 1)
			needm_thread_exit(&p.t.rt);
		if (i % 2 == 0)
			holder_end(&p.of_first);
		holder_end(&p.of_other);
		if (i / 2 == 1) {
			assert_int_equal(world_mask(), p.mask);
			assert_true(world_stack().ss_flags & SS_DISABLE);
			needm_enter(&p.t.rt, p.t.s);
			needm_leave(&p.t.rt, p.t.s);
		}
		taken_end(&p);
	}
}

/* Spare ms count, and idle ones do not. */
void taken_refill(void **state)
{
	struct taken p;
	const char *why;
	if (!taken_begin(&p, state, "a refill beside idle ms", NULL))
		return;
	assert_true(newextram(&p.t.rt, &why));
	assert_int_equal(world_created(&p.t), 2);
	holder_start(&p.of_other, &p.t);
	holder_leave(&p.of_other);
	assert_int_equal(p.t.s->bound->spare(p.t.rt.list), 0);
	assert_int_equal(p.t.s->length(p.t.rt.list), 2);
	for (int i = 0; i < 3; i++) {
		assert_true(newextram(&p.t.rt, &why));
		assert_int_equal(world_created(&p.t), 3);
	}
	holder_end(&p.of_other);
	taken_end(&p);
}
