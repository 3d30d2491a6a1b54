/* SPDX-License-Identifier: BSD-3-Clause */
/* How needm.h begins, ends, and fails. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "needm_test.h"

#define MOST 64 /* more allocations than an m takes: a bound for loops that look for the end */

/* relaxed, all three: one thread. */
static void memory_lasts(struct world *t, int64_t allocations)
{
	atomic_store_explicit(&t->counted.left, allocations, memory_order_relaxed);
}

static int64_t bytes_out(struct counted *c)
{
	return atomic_load_explicit(&c->bytes, memory_order_relaxed);
}

/* What the list takes of the runtime's memory. */
static int64_t list_bytes(const struct extram_strategy *s)
{
	return (int64_t)((s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART);
}

static int64_t allocations(struct counted *c)
{
	return atomic_load_explicit(&c->allocs, memory_order_relaxed);
}

static void assert_reason(const char *why)
{
	assert_true(why != NULL && why[0] != '\0');
}

/* The standard error of a child that needs an m of a runtime that is not up. *status: how the child
 * ended. */
static void callback_in_child(void **state, char *text, size_t size, int *status)
{
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		static struct needm_runtime not_up;
		dup2(fd[1], STDERR_FILENO);
		needm(&not_up, *state);
		_exit(0);
	}
	close(fd[1]);
	ssize_t n = 0;
	for (ssize_t got; (got = read(fd[0], text + n, size - 1 - (size_t)n)) > 0;)
		n += got;
	text[n] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(child, status, 0), child);
}

void setup_too_early(void **state)
{
	char text[256];
	int status;
	crew_watch("a callback before the runtime is up");
	callback_in_child(state, text, sizeof(text), &status);
	assert_string_equal(text, "fatal error: cgo callback before cgo call\n");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* The bytes of an m with its gs and stacks in a layout. It is aligned; all memory comes back. */
static int64_t bytes_of_m(void **state, enum needm_layout layout, uintptr_t align)
{
	struct needm_runtime rt;
	struct counted counted;
	const char *why = NULL;
	struct needm_memory memory = world_memory(&counted);
	memory.layout = layout;
	assert_true(needm_init(&rt, *state, &memory, &why));
	int64_t before = bytes_out(&counted);
	assert_true(one_new_extra_m(&rt, &why));
	int64_t of_one = bytes_out(&counted) - before;
	/* relaxed: one thread. */
	assert_int_equal((uintptr_t)atomic_load_explicit(&rt.allm, memory_order_relaxed) % align, 0);
	needm_fini(&rt);
	assert_int_equal(bytes_out(&counted), 0);
	return of_one;
}

void setup_balance(void **state)
{
	struct world t;
	const char *why = NULL;
	for (uint32_t n = 0; n < 4; n++) {
		world_make(&t, state, "all memory comes back");
		int64_t of_list = list_bytes(t.s), of_one = bytes_out(&t.counted) - of_list;
		assert_true(of_one > NEEDM_GSIGNAL_STACK + NEEDM_CURG_STACK + NEEDM_M_SIZE);
		for (uint32_t i = 0; i < n; i++)
			assert_true(one_new_extra_m(&t.rt, &why));
		assert_int_equal(world_created(&t), n + 1);
		assert_int_equal(world_parked(&t), n + 1);
		assert_int_equal(bytes_out(&t.counted), of_list + of_one * (n + 1));
		world_free(&t);
	}
	int64_t more = bytes_of_m(state, NEEDM_LAYOUT_1_24, NEEDM_M_ALIGN_1_24) - bytes_of_m(state, NEEDM_LAYOUT_1_19, EXTRAM_ALIGN);
	assert_int_equal(more, NEEDM_M_SIZE_1_24 - NEEDM_M_SIZE);
}

void setup_no_memory_at_start(void **state)
{
	struct counted counted;
	struct needm_runtime rt;
	struct needm_memory memory = world_memory(&counted);
	int64_t k = 0;
	crew_watch("no memory at the start");
	for (;; k++) {
		const char *why = NULL;
		atomic_store_explicit(&counted.left, k, memory_order_relaxed); /* relaxed: one thread */
		if (needm_init(&rt, *state, &memory, &why))
			break;
		assert_reason(why);
		assert_int_equal(bytes_out(&counted), 0);
		assert_true(k < MOST);
	}
	assert_true(k >= 4); /* the m, two stacks and a g at least: each allocation failed once */
	needm_fini(&rt);
	assert_int_equal(bytes_out(&counted), 0);
}

/* Makes one more m, with each of its allocations failing in turn. The list and the counts do not
 * change. */
static void fail_each(struct world *t, bool (*make)(struct needm_runtime *rt, const char **why))
{
	int64_t out = bytes_out(&t->counted);
	uint32_t created = world_created(t), parked = t->s->length(t->rt.list);
	int64_t k = 0;
	for (; memory_lasts(t, k), true; k++) {
		const char *why = NULL;
		if (make(&t->rt, &why))
			break;
		assert_reason(why);
		assert_int_equal(bytes_out(&t->counted), out);
		assert_int_equal(world_created(t), created);
		assert_int_equal(t->s->length(t->rt.list), parked);
		assert_true(k < MOST);
	}
	assert_true(k >= 4);
	assert_int_equal(world_created(t), created + 1);
}

void setup_no_memory_later(void **state)
{
	struct world t;
	world_make(&t, state, "no memory later");
	fail_each(&t, one_new_extra_m);
	memory_lasts(&t, 0);
	const char *why;
	assert_true(newextram(&t.rt, &why)); /* there are ms and no waiters, so there is nothing to make */
	memory_lasts(&t, -1);
	needm(&t.rt, t.s);
	dropm(&t.rt, t.s);
	world_free(&t);
	world_make(&t, state, "no memory later");
	needm(&t.rt, t.s);
	fail_each(&t, newextram);
	dropm(&t.rt, t.s);
	world_free(&t);
}

/* Five gets wait, and there is memory for 0, 1, 2 ... of them. The others stay counted, and are
 * served once there is memory. */
void setup_no_memory_for_waiters(void **state)
{
	for (uint32_t served = 0; served < 5; served++) {
		struct world t;
		const char *why = NULL;
		world_make(&t, state, "no memory for all who wait");
		int64_t of_one = allocations(&t.counted) - 1; /* the other is the list */
		for (int64_t more = 0; more < of_one; more++) {
			uint32_t created = world_created(&t);
			/* relaxed: one thread, which plays all waiters. */
			atomic_store_explicit(&t.rt.list->waiters, 5, memory_order_relaxed);
			memory_lasts(&t, served * of_one + more);
			assert_false(newextram(&t.rt, &why));
			assert_reason(why);
			assert_int_equal(world_created(&t), created + served);
			assert_int_equal(extram_waiters(t.rt.list), 5 - served);
			memory_lasts(&t, -1);
			assert_true(newextram(&t.rt, &why));
			assert_int_equal(world_created(&t), created + 5);
			assert_int_equal(extram_waiters(t.rt.list), 0);
		}
		world_free(&t);
	}
}

void setup_refill_stays_owed(void **state)
{
	struct world t;
	world_make(&t, state, "a refill that fails stays owed");
	struct needm_m *mp = needm(&t.rt, t.s);
	memory_lasts(&t, 0);
	needm_refill(&t.rt, mp);
	assert_true(mp->needextram);
	assert_int_equal(world_created(&t), 1);
	memory_lasts(&t, -1);
	needm_refill(&t.rt, mp);
	assert_false(mp->needextram);
	assert_int_equal(world_created(&t), 2);
	dropm(&t.rt, t.s);
	world_free(&t);
}

static bool refuse_m(struct extram_list *list, struct m *mp, const char **why)
{
	(void)list, (void)mp;
	*why = "too far away";
	return false;
}

static bool refuse_list(struct extram_list *list, const char **why)
{
	(void)list;
	*why = "not today";
	return false;
}

static const struct extram_strategy *refused;
static int lists;

static bool count_init(struct extram_list *list, const char **why)
{
	lists++;
	return refused->init(list, why);
}

static void count_fini(struct extram_list *list)
{
	lists--;
	refused->fini(list);
}

/* The list is there when its first m is refused, and must end. */
static void refuse_first_m(const struct extram_strategy *s)
{
	struct extram_strategy picky = *s;
	struct counted counted;
	struct needm_memory memory = world_memory(&counted);
	struct needm_runtime rt;
	const char *why = NULL;
	refused = s;
	lists = 0;
	picky.admit = refuse_m;
	picky.init = count_init;
	picky.fini = count_fini;
	assert_false(needm_init(&rt, &picky, &memory, &why));
	assert_string_equal(why, "too far away");
	assert_int_equal(bytes_out(&counted), 0);
	assert_int_equal(lists, 0);
}

void setup_refused_m(void **state)
{
	struct world t;
	world_make(&t, state, "an m that the strategy refuses");
	struct extram_strategy picky = *t.s;
	picky.admit = refuse_m;
	t.rt.strategy = &picky;
	int64_t out = bytes_out(&t.counted);
	const char *why = NULL;
	assert_false(one_new_extra_m(&t.rt, &why));
	assert_string_equal(why, "too far away");
	assert_int_equal(bytes_out(&t.counted), out);
	assert_int_equal(world_created(&t), 1);
	t.rt.strategy = t.s;
	world_free(&t);
	refuse_first_m(t.s);
}

void setup_refused_list(void **state)
{
	struct counted counted;
	struct needm_runtime rt;
	struct needm_memory memory = world_memory(&counted);
	struct extram_strategy picky = *(const struct extram_strategy *)*state;
	const char *why = NULL;
	crew_watch("a list that cannot be made");
	picky.init = refuse_list;
	assert_false(needm_init(&rt, &picky, &memory, &why));
	assert_string_equal(why, "not today");
	assert_int_equal(allocations(&counted), 1);
	assert_int_equal(bytes_out(&counted), 0);
}
