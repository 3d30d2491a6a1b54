/* SPDX-License-Identifier: BSD-3-Clause */
/* needm_enter and needm_leave: what stays with the thread between callbacks, and what its end gives
 * back, for each property. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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
		check(mp->procid == (uint64_t)syscall(SYS_gettid), "procid is not the thread's id");
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

/* Go: a handler that finds a g in a callback uses it. Otherwise badsignal borrows an m, which does
 * not stay. */
static void on_signal(int sig)
{
	(void)sig;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	struct g *found = needm_g;
	uint64_t mask = world_mask();
	enum needm_signal signal = needm_signal_enter(&handled.t.rt, handled.t.s);
	struct g *gsignal = needm_g->m->gsignal;
	if (signal == NEEDM_SIGNAL_BORROWED) {
		check(needm_g != found, "a handler took its thread's own m");
		handled.without++;
	} else {
		check(needm_g == found, "a handler uses another m than its thread's");
		check(here >= gsignal->stack_lo && here < gsignal->stack_hi, "a handler is not on the m's signal stack");
		handled.with_g++;
	}
	needm_signal_leave(&handled.t.rt, handled.t.s, signal);
	check(needm_g == found, "a handler left another g");
	check(world_mask() == mask, "a handler left another signal mask");
}

struct handlers {
	struct sigaction action;
	stack_t stack;
};

static struct handlers begin(void **state, const char *test)
{
	struct handlers old;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	stack_t off = {.ss_flags = SS_DISABLE};
	memset(&handled, 0, sizeof(handled));
	world_make(&handled.t, state, test);
	sigaltstack(&off, &old.stack);
	sigaction(SIGUSR1, &action, &old.action);
	return old;
}

static void end(const struct handlers *old)
{
	sigaction(SIGUSR1, &old->action, NULL);
	sigaltstack(&old->stack, NULL);
	world_free(&handled.t);
}

/* Signals inside and between ten callbacks, before the first and after the last. */
static void signals_around(void)
{
	struct world *t = &handled.t;
	raise(SIGUSR1);
	for (int i = 0; i < 10; i++) {
		struct needm_m *mp = needm_enter(&t->rt, t->s);
		needm_refill(&t->rt, mp);
		raise(SIGUSR1);
		needm_leave(&t->rt, t->s);
		raise(SIGUSR1);
	}
	needm_thread_exit(&t->rt);
	raise(SIGUSR1);
}

/* Whether the bound m serves the handlers between callbacks, by property. */
static void check_handlers(bool served, int rounds)
{
	assert_int_equal(handled.with_g, rounds * (served ? 20 : 10));
	assert_int_equal(handled.without, rounds * (served ? 2 : 12));
}

void bound_handlers(void **state)
{
	struct handlers old = begin(state, "a handler between callbacks");
	for (int i = 1; i < 4; i++) {
		signals_around();
		check_handlers((handled.t.s->properties & EXTRAM_BOUND_SERVES_SIGNALS) != 0, i);
	}
	assert_int_equal(world_created(&handled.t), 2);
	end(&old);
}

/* As above, but the strategy says that its bound m serves handlers. */
void bound_handlers_served(void **state)
{
	struct handlers old = begin(state, "a handler between callbacks that the bound m serves");
	struct extram_strategy serves = *handled.t.s;
	serves.properties |= EXTRAM_BOUND_SERVES_SIGNALS;
	handled.t.s = handled.t.rt.strategy = &serves;
	signals_around();
	check_handlers(binds(&handled.t), 1);
	end(&old);
}

/* The only m is bound, and its refill failed: for a second m, the handler would wait for ever. */
void bound_handlers_owed(void **state)
{
	struct handlers old = begin(state, "a handler does not wait for its own thread's refill");
	struct world *t = &handled.t;
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	atomic_store_explicit(&t->counted.left, 0, memory_order_relaxed); /* relaxed: one thread */
	needm_refill(&t->rt, mp);
	raise(SIGUSR1);
	assert_int_equal(handled.with_g, 1);
	needm_leave(&t->rt, t->s);
	raise(SIGUSR1);
	assert_int_equal(handled.with_g, binds(t) ? 2 : 1);
	atomic_store_explicit(&t->counted.left, -1, memory_order_relaxed); /* relaxed: one thread */
	needm_thread_exit(&t->rt);
	assert_int_equal(world_created(t), 1);
	end(&old);
}

#define ONE_ALONE(s) ((((const struct extram_strategy *)(s))->properties & EXTRAM_FLOOR) != 0) /* a process has one list of a floor */

struct two {
	struct world t[2];
	uint64_t mask;
};

static void begin_two(struct two *two, void **state, const char *test)
{
	world_make(&two->t[0], state, test);
	two->t[1].s = two->t[0].s;
	two->t[1].w = two->t[0].w;
	world_make_again(&two->t[1]);
	two->mask = world_mask();
}

static void end_two(struct two *two)
{
	for (int i = 0; i < 2; i++) {
		uint32_t n = world_created(&two->t[i]);
		check(n == 2, "%u ms were made for one thread", n);
		world_free(&two->t[i]);
	}
}

static struct needm_m *enter(struct world *t)
{
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	needm_refill(&t->rt, mp);
	check(needm_g == mp->g0, "another g came back");
	return mp;
}

static void leave_for_good(struct two *two)
{
	needm_thread_exit(&two->t[0].rt);
	needm_thread_exit(&two->t[1].rt);
	check(needm_g == NULL, "a g stays with a thread that gave its ms back");
	check(world_mask() == two->mask, "another signal mask stays with a thread that gave its ms back");
}

static void alternate(struct two *two, struct worker *w)
{
	struct needm_m *first = NULL;
	for (int i = 0; i < 40; i++) {
		struct world *t = &two->t[i % 2];
		struct needm_m *mp = enter(t);
		first = first == NULL ? mp : first;
		needm_leave(&t->rt, t->s);
		check(needm_g == (binds(t) ? first->g0 : NULL), "the bound m is lost at a change of the runtime");
		worker_done(w);
	}
}

/* The thread gives back what it has, or ends with one runtime's m bound. */
static void alternate_and_end(struct worker *w)
{
	struct two *two = w->arg;
	alternate(two, w);
	if (!binds(&two->t[0]) || w->id % 2 == 0)
		leave_for_good(two);
}

void bound_two_runtimes(void **state)
{
	struct two two;
	if (ONE_ALONE(*state))
		return;
	begin_two(&two, state, "a thread that calls two runtimes in turn");
	for (int i = 0; i < 10; i++) {
		alternate(&two, two.t[0].w);
		leave_for_good(&two);
		crew_run(1, alternate_and_end, &two);
		for (int n = 0; n < 2; n++) {
			uint32_t parked = world_parked(&two.t[n]), of = world_created(&two.t[n]);
			check(parked == of, "runtime %d: %u ms on the list, %u made", n, parked, of);
		}
	}
	end_two(&two);
}

/* The outer m is bound, or the inner one would be. */
void bound_nested_runtimes(void **state)
{
	struct two two;
	if (ONE_ALONE(*state))
		return;
	begin_two(&two, state, "callbacks of two runtimes within each other");
	for (int i = 0; i < 20; i++) {
		struct world *outer = &two.t[i / 5 % 2], *inner = &two.t[1 - i / 5 % 2];
		struct needm_m *mp = enter(outer);
		struct needm_m *other = enter(inner);
		check(other != mp, "two runtimes have one m");
		needm_leave(&inner->rt, inner->s);
		check(needm_g == mp->g0, "the outer callback lost its g");
		needm_leave(&outer->rt, outer->s);
		if (i % 5 == 4)
			leave_for_good(&two);
	}
	end_two(&two);
}
