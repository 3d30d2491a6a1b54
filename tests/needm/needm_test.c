/* SPDX-License-Identifier: BSD-3-Clause */
/* needm_test NAME: tests needm.h over the strategy of that name. This file tests refills: which
 * thread owes one, and which pays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "needm_test.h"

static void *count_alloc(void *context, size_t bytes, size_t align)
{
	struct counted *c = context;
	/* relaxed, all: numbers, read at rest. */
	int64_t left = atomic_load_explicit(&c->left, memory_order_relaxed);
	if (left == 0)
		return NULL;
	if (left > 0)
		atomic_store_explicit(&c->left, left - 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->allocs, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->bytes, (int64_t)bytes, memory_order_relaxed);
	return needm_libc_memory.alloc(NULL, bytes, align);
}

static void count_free(void *context, void *p, size_t bytes)
{
	struct counted *c = context;
	/* relaxed: a number, read at rest. */
	atomic_fetch_sub_explicit(&c->bytes, (int64_t)bytes, memory_order_relaxed);
	needm_libc_memory.free(NULL, p, bytes);
}

struct needm_memory world_memory(struct counted *counted)
{
	atomic_init(&counted->bytes, 0);
	atomic_init(&counted->allocs, 0);
	atomic_init(&counted->left, -1);
	return (struct needm_memory){count_alloc, count_free, counted, NEEDM_LAYOUT_1_19};
}

void world_make(struct world *t, void **state, const char *test)
{
	t->s = *state;
	t->w = crew_watch(test);
	world_make_again(t);
}

void world_make_again(struct world *t)
{
	const char *why = NULL;
	struct needm_memory memory = world_memory(&t->counted);
	check(needm_init(&t->rt, t->s, &memory, &why), "needm_init: %s", why);
	uint32_t n = t->s->length(t->rt.list);
	check(n == 1 && world_created(t) == 1, "%u ms on a new list, %u made", n, world_created(t));
}

void world_free(struct world *t)
{
	uint32_t n = world_parked(t);
	check(n == world_created(t), "%u ms on the list, %u made", n, world_created(t));
	needm_fini(&t->rt);
	/* relaxed: at rest. */
	long long bytes = atomic_load_explicit(&t->counted.bytes, memory_order_relaxed);
	check(bytes == 0, "%lld bytes of ms were not given back", bytes);
}

uint32_t world_parked(struct world *t)
{
	t->s->thread_exit(t->rt.list);
	return t->s->length(t->rt.list);
}

uint64_t world_mask(void)
{
	uint64_t mask = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	return mask;
}

void world_set_mask(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

uint64_t world_all_signals(void)
{
	uint64_t before = world_mask();
	world_set_mask(UINT64_MAX);
	uint64_t all = world_mask();
	world_set_mask(before);
	return all;
}

static void borrowed(void **state)
{
	struct world t;
	world_make(&t, state, "what a borrowed m says");
	assert_null(needm_g);
	for (int i = 0; i < 100; i++) {
		struct needm_m *mp = needm(&t.rt, t.s);
		uintptr_t here = (uintptr_t)__builtin_frame_address(0);
		assert_ptr_equal(needm_g, mp->g0);
		assert_ptr_equal(needm_g->m, mp);
		assert_ptr_equal(mp->gsignal->m, mp);
		assert_ptr_equal(mp->curg->m, mp);
		assert_int_equal(mp->procid, syscall(SYS_gettid));
		assert_true(needm_g->stack_lo < needm_g->stackguard && needm_g->stackguard < here && here < needm_g->stack_hi);
		dropm(&t.rt, t.s);
		assert_null(needm_g);
	}
	assert_int_equal(world_created(&t), 1);
	world_free(&t);
}

/* The only m is also the last one, so its getter owes another. That one leaves a second m on the
 * list, so no third is owed. */
static void refill(void **state)
{
	struct world t;
	world_make(&t, state, "who takes the last m makes a new one");
	struct needm_m *mp = needm(&t.rt, t.s);
	assert_true(mp->needextram);
	needm_refill(&t.rt, mp);
	assert_false(mp->needextram);
	assert_int_equal(world_created(&t), 2);
	assert_int_equal(t.s->length(t.rt.list), 1);
	dropm(&t.rt, t.s);
	assert_int_equal(world_parked(&t), 2);
	mp = needm(&t.rt, t.s);
	assert_true(!mp->needextram || !(t.s->properties & EXTRAM_LAST_EXACT));
	needm_refill(&t.rt, mp);
	dropm(&t.rt, t.s);
	assert_int_equal(world_created(&t), 2);
	world_free(&t);
}

/* The third reader: extra ms are not limited, whether they are in use or not. */
static void limited(struct world *t)
{
	assert_int_equal(needm_limited(&t->rt, 7), 6);
	struct needm_m *mp = needm(&t->rt, t->s);
	needm_refill(&t->rt, mp);
	assert_int_equal(needm_limited(&t->rt, 8), 6);
	dropm(&t->rt, t->s);
	world_parked(t);
	assert_int_equal(needm_limited(&t->rt, 8), 6);
}

/* The first reader asks only without cgo, and once the runtime is up. */
static void guarded(struct world *t)
{
	assert_true(t->rt.iscgo);
	assert_false(needm_have_extra(&t->rt));
	t->rt.iscgo = false;
	assert_true(needm_have_extra(&t->rt));
	/* relaxed, both: one thread. */
	atomic_store_explicit(&t->rt.cgo_has_extra_m, false, memory_order_relaxed);
	assert_false(needm_have_extra(&t->rt));
	atomic_store_explicit(&t->rt.cgo_has_extra_m, true, memory_order_relaxed);
}

/* Go's readers of the length: the dead-lock check, the crash handler, the limit of threads. */
static void numbers(void **state)
{
	struct world t;
	world_make(&t, state, "what the readers of the length are told");
	guarded(&t);
	assert_int_equal(needm_to_dump(&t.rt, 7), 6);
	struct needm_m *mp = needm(&t.rt, t.s);
	assert_false(needm_have_extra(&t.rt));
	assert_int_equal(needm_to_dump(&t.rt, 7), 7);
	needm_refill(&t.rt, mp);
	assert_true(needm_have_extra(&t.rt));
	assert_int_equal(needm_to_dump(&t.rt, 8), 7);
	dropm(&t.rt, t.s);
	assert_int_equal(world_parked(&t), 2);
	assert_int_equal(needm_to_dump(&t.rt, 8), 6);
	world_free(&t);
	world_make_again(&t);
	limited(&t);
	world_free(&t);
}

struct levels {
	struct world t;
	unsigned depth;
};

/* A callback that waits for a thread that makes a callback, which waits ... */
static void nest(struct worker *w)
{
	struct levels *l = w->arg;
	worker_phase(w, "waiting for an m");
	struct needm_m *mp = needm(&l->t.rt, l->t.s);
	check(mp->needextram, "the only m on the list, but not the last");
	needm_refill(&l->t.rt, mp);
	worker_phase(w, "waiting for the thread that the callback started");
	if (--l->depth > 0)
		crew_run(1, nest, l);
	check(needm_g == mp->g0, "another g came back");
	dropm(&l->t.rt, l->t.s);
	l->t.s->thread_exit(l->t.rt.list);
}

static void nested(void **state)
{
	struct levels l = {.depth = 4};
	world_make(&l.t, state, "callbacks within callbacks");
	crew_run(1, nest, &l);
	assert_int_equal(world_created(&l.t), 5);
	world_free(&l.t);
}

#define TEST(name, function)                                                                                                               \
	{                                                                                                                                  \
		name, function, NULL, NULL, strategy                                                                                       \
	}

#define IF_TAKEN(name) (((const struct extram_strategy *)strategy)->bound == NULL ? name " # SKIP no other thread takes a bound m" : (name))

static int run(void *strategy)
{
	const struct CMUnitTest tests[] = {
	    TEST("what a borrowed m says", borrowed),
	    TEST("who takes the last m makes a new one", refill),
	    TEST("what the readers of the length are told", numbers),
	    TEST("callbacks within callbacks", nested),
	    TEST("one refill serves all who wait", refills_waiters),
	    TEST("the signal mask, inside and after", signals_mask),
	    TEST("each signal that an m leaves open", signals_named),
	    TEST("the list is used with signals blocked and without a g", signals_blocked_in_list),
	    TEST("the m's signal stack, for a thread without one", signals_stack_of_m),
	    TEST("the thread's signal stack, for a thread with one", signals_stack_of_thread),
	    TEST("a handler between callbacks borrows an m", signals_between_callbacks),
	    TEST(SIGNALS_ARE_PROMPT ? "a storm of signals" : "a storm of signals # SKIP this checker holds signals back", signals_storm),
#include "bound.def"
	    TEST("destructors that make callbacks after the thread's m is gone", ends_destructors),
	    TEST("signals are blocked at a thread's end", ends_signals_blocked),
	    TEST("a runtime ends and begins again, and its threads stay", ends_runtime_again),
	    TEST("how many ms each policy makes", refills_make),
	    TEST("when each policy asks for ms", refills_ask),
	    TEST("a runtime that fails half way leaves nothing", leaks_init_fails),
	    TEST("callbacks into two runtimes, by one thread", runtimes_one_thread),
	    TEST("callbacks into two runtimes, by four threads", runtimes_threads),
	    TEST("one of two runtimes ends", runtimes_one_ends),
	    TEST("unbound from one of two runtimes", runtimes_unbound),
	    TEST("a callback before the runtime is up", setup_too_early),
	    TEST("all memory comes back", setup_balance),
	    TEST("no memory at the start", setup_no_memory_at_start),
	    TEST("no memory later", setup_no_memory_later),
	    TEST("no memory for all who wait", setup_no_memory_for_waiters),
	    TEST("a refill that fails stays owed", setup_refill_stays_owed),
	    TEST("an m that the strategy refuses", setup_refused_m),
	    TEST("a list that cannot be made", setup_refused_list),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	const struct extram_strategy *s = argc == 2 ? extram_find(argv[1]) : NULL;
	if (s == NULL) {
		fprintf(stderr, "usage: %s STRATEGY\n", argv[0]);
		return 2;
	}
	return run((void *)s);
}
