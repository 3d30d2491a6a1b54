/* SPDX-License-Identifier: BSD-3-Clause */
/* needm_enter and needm_leave: what stays with the thread between callbacks, and what its end gives
 * back, for each property. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "needm_test.h"

static bool binds(struct world *t)
{
	return (t->s->properties & EXTRAM_BOUND) != 0;
}

/* Bound: the thread has the m, and the m is in use, until the thread gives it back. Otherwise
 * nothing of the callback remains. */
void bound_between_callbacks(void **state)
{
	struct world t;
	world_make(&t, state, "between callbacks");
	uint64_t before = world_mask(), faults = world_bit(SIGSEGV) | world_bit(SIGPROF);
	world_set_mask(faults | world_bit(SIGUSR2));
	struct needm_m *first = needm_enter(&t.rt, t.s);
	needm_refill(&t.rt, first);
	for (int i = 0; i < 100; i++) {
		uint64_t inside = world_mask();
		assert_int_equal(inside & (faults | world_bit(SIGUSR2)), world_bit(SIGUSR2));
		needm_leave(&t.rt, t.s);
		assert_ptr_equal(needm_g, binds(&t) ? first->g0 : NULL);
		assert_int_equal(world_mask(), binds(&t) ? inside : faults | world_bit(SIGUSR2));
		struct needm_m *mp = needm_enter(&t.rt, t.s);
		assert_ptr_equal(needm_g, mp->g0);
		assert_true(mp == first || !binds(&t));
		needm_refill(&t.rt, mp);
	}
	needm_leave(&t.rt, t.s);
	needm_thread_exit(&t.rt);
	assert_null(needm_g);
	assert_int_equal(world_mask(), faults | world_bit(SIGUSR2));
	world_set_mask(before);
	assert_int_equal(world_created(&t), 2);
	world_free(&t);
}

static void calls(struct worker *w)
{
	struct world *t = w->arg;
	worker_phase(w, "making callbacks");
	for (int i = 0; i < 50; i++) {
		struct needm_m *mp = needm_enter(&t->rt, t->s);
		needm_refill(&t->rt, mp);
		check(needm_g == mp->g0, "another g came back");
		needm_leave(&t->rt, t->s);
		worker_done(w);
	}
	if ((t->s->properties & (EXTRAM_BOUND | EXTRAM_KEEPS)) == EXTRAM_KEEPS)
		needm_thread_exit(&t->rt);
}

/* A joined thread has given back all it had. Otherwise the rounds would make more and more ms. */
void bound_thread_ends(void **state)
{
	struct world t;
	world_make(&t, state, "a thread with a bound m ends");
	for (int i = 0; i < 20; i++) {
		crew_run(4, calls, &t);
		uint32_t parked = t.s->length(t.rt.list);
		check(parked == world_created(&t), "%u ms on the list, %u made", parked, world_created(&t));
		/* Waiters that are served too late leave a few more than five ms. If no m ever came
		 * back, there would be 80. */
		check(parked < 40, "%u ms were made for 4 threads in %d rounds", parked, i + 1);
	}
	world_free(&t);
}

static struct {
	struct world t;
	int with_g, without;
} handled; /* handlers have no argument */

/* Go: a handler that finds a g uses it. Otherwise badsignal borrows an m, which does not stay. */
static void on_signal(int sig)
{
	(void)sig;
	struct g *found = needm_g;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	if (found == NULL) {
		needm(&handled.t.rt, handled.t.s);
		dropm(&handled.t.rt, handled.t.s);
		check(needm_g == NULL, "an m stays with a thread because of a handler");
		handled.without++;
		return;
	}
	check(here >= found->m->gsignal->stack_lo && here < found->m->gsignal->stack_hi, "a handler is not on the m's signal stack");
	handled.with_g++;
}

void bound_handlers(void **state)
{
	struct sigaction old, action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	stack_t stack, off = {.ss_flags = SS_DISABLE};
	memset(&handled, 0, sizeof(handled));
	world_make(&handled.t, state, "a handler between callbacks");
	sigaltstack(&off, &stack);
	sigaction(SIGUSR1, &action, &old);
	raise(SIGUSR1);
	for (int i = 0; i < 10; i++) {
		struct needm_m *mp = needm_enter(&handled.t.rt, handled.t.s);
		needm_refill(&handled.t.rt, mp);
		needm_leave(&handled.t.rt, handled.t.s);
		raise(SIGUSR1);
	}
	needm_thread_exit(&handled.t.rt);
	raise(SIGUSR1);
	assert_int_equal(handled.with_g, binds(&handled.t) ? 10 : 0);
	assert_int_equal(handled.without, binds(&handled.t) ? 2 : 12);
	sigaction(SIGUSR1, &old, NULL);
	sigaltstack(&stack, NULL);
	world_free(&handled.t);
}
