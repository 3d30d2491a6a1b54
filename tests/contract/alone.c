/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract that one thread can check. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "harness.h"

/* A list, and the state that the test expects of it. */
struct model {
	struct fixture f;
	struct worker *w;
	uint32_t parked; /* put by this thread, whether it keeps them or not */
};

static struct model begin(void **state, const char *test, uint32_t n)
{
	struct worker *w = crew_watch(test);
	return (struct model){.f = fixture_make(*state, n), .w = w};
}

static bool has(struct model *t, unsigned property)
{
	return (t->f.s->properties & property) != 0;
}

static uint32_t length(struct model *t)
{
	return t->f.s->length(t->f.list);
}

/* To other threads, an m that this thread keeps is in use. */
static void check_length(struct model *t)
{
	uint32_t n = length(t);
	check(has(t, EXTRAM_KEEPS) ? n <= t->parked : fixture_length_is(&t->f, t->parked), "length is %u, with %u ms parked", n, t->parked);
}

static void put(struct model *t, struct payload_m *p)
{
	fixture_put(&t->f, t->w, p);
	t->parked++;
	check_length(t);
}

/* For ms that were never held. */
static void put_all(struct model *t)
{
	fixture_fill(&t->f, t->w);
	t->parked = t->f.n;
	check_length(t);
}

static struct payload_m *get(struct model *t)
{
	uint32_t before = length(t);
	bool last = before > 1; /* the wrong answer, in case get sets none */
	struct payload_m *p = fixture_get(&t->f, t->w, true, &last);
	check((p == NULL) == (t->parked == 0), "get returns %s with %u ms parked", p ? "an m" : "none", t->parked);
	check(p == NULL || last || !has(t, EXTRAM_NO_LAST), "it cannot tell last, but says false");
	t->parked -= p != NULL;
	check_length(t);
	bool left_empty = length(t) == 0 && (before > 0 || p == NULL);
	check(last || !left_empty, "the list is empty, but last is false");
	check(!last || left_empty || !has(t, EXTRAM_LAST_EXACT | EXTRAM_LAST_ALONE), "last is true with %u ms on the list", t->parked);
	return p;
}

static void get_all(struct model *t)
{
	while (t->parked > 0)
		get(t);
	assert_null(get(t));
}

/* Twice: an empty-handed get must leave the list in order. */
void contract_empty(void **state)
{
	struct model t = begin(state, "an empty list", 1);
	assert_int_equal(length(&t), 0);
	assert_null(get(&t));
	assert_null(get(&t));
	put_all(&t);
	assert_non_null(get(&t));
	assert_null(get(&t));
	fixture_free(&t.f);
}

void contract_one(void **state)
{
	struct model t = begin(state, "one m", 1);
	put_all(&t);
	fixture_settle(&t.f);
	assert_int_equal(length(&t), 1);
	for (int i = 0; i < 1000; i++)
		put(&t, get(&t));
	fixture_drain(&t.f, t.w, 1);
	fixture_free(&t.f);
}

void contract_order(void **state)
{
	struct model t = begin(state, "each m exactly once", 200);
	put_all(&t);
	for (uint32_t i = t.f.n; i-- > 0;) {
		struct payload_m *p = get(&t);
		assert_true(!has(&t, EXTRAM_LIFO) || p->id == i);
	}
	assert_null(get(&t));
	fixture_free(&t.f);
}

void contract_many(void **state)
{
	const struct extram_strategy *s = *state;
	bool fits = s->capacity == 0 || s->capacity >= 100000;
	struct model t = begin(state, "100,000 ms", fits ? 100000 : s->capacity);
	put_all(&t);
	fixture_drain(&t.f, t.w, t.f.n);
	t.parked = 0;
	/* length may take time proportional to the list, so check it only now and then. */
	for (uint32_t i = 0; i < t.f.n; i++) {
		fixture_put(&t.f, t.w, &t.f.ms[i]);
		t.parked++;
		if (t.parked % 1000 == 0)
			check_length(&t);
	}
	fixture_drain(&t.f, t.w, t.f.n);
	fixture_free(&t.f);
}

#define WALK_MOST 70

struct walk {
	struct model t;
	struct payload_m *held[WALK_MOST], *stack[WALK_MOST];
	uint32_t n; /* of held */
	bool over_cpus;
};

/* False: nothing to put, or none to get. */
static bool walk_step(struct walk *k, bool puts)
{
	if (k->over_cpus)
		crew_pin(crew_cpu(worker_random(k->t.w) % crew_cpus()));
	if (puts && k->n == 0)
		return false;
	struct payload_m *p = puts ? k->held[--k->n] : get(&k->t);
	if (puts)
		put(&k->t, k->stack[k->t.parked] = p);
	else if (p != NULL)
		k->held[k->n++] = p;
	if (p != NULL && !puts && has(&k->t, EXTRAM_LIFO))
		check(p == k->stack[k->t.parked], "m %u comes before m %u", p->id, k->stack[k->t.parked]->id);
	return p != NULL;
}

/* Random gets and puts, with a stack as the model. Runs of random length cross every limit
 * often. */
static void walk(struct walk *k, int rounds, uint32_t longest)
{
	put_all(&k->t);
	for (uint32_t i = 0; i < k->t.f.n; i++)
		k->stack[i] = &k->t.f.ms[i];
	for (int round = 0; round < rounds; round++) {
		bool puts = worker_random(k->t.w) & 1;
		for (uint32_t run = worker_random(k->t.w) % (longest + 1); run > 0 && walk_step(k, puts); run--)
			;
	}
	crew_pin(-1);
	fixture_drain(&k->t.f, k->t.w, k->t.parked);
	fixture_free(&k->t.f);
}

void contract_walk(void **state)
{
	walk(&(struct walk){.t = begin(state, "a random walk", WALK_MOST)}, 4000, WALK_MOST / 2);
}

/* With few ms, so that the list is often nearly empty, whatever is cached for a CPU. */
void contract_walk_over_cpus(void **state)
{
	walk(&(struct walk){.t = begin(state, "a random walk over the CPUs", 4), .over_cpus = true}, 2000, 4);
}

/* With ms parked and with waiters counted; the memory is full of garbage each time. */
void contract_again(void **state)
{
	struct model t = begin(state, "init and fini again", 40);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(extram_waiters(t.f.list), 0);
		assert_int_equal(length(&t), 0);
		assert_null(get(&t));
		put_all(&t);
		get(&t);
		/* relaxed: one thread. */
		atomic_fetch_add_explicit(&t.f.list->waiters, 3, memory_order_relaxed);
		fixture_again(&t.f);
		t.parked = 0;
	}
	fixture_free(&t.f);
}

/* A refusal has a reason. An m from any ordinary place is admitted, and survives being parked. */
void contract_admit(void **state)
{
	struct model t = begin(state, "admit", 1);
	static struct m statically;
	struct m on_stack;
	struct m *heap = aligned_alloc(EXTRAM_ALIGN, sizeof(*heap)), *big = aligned_alloc(4096, 64 << 20);
	struct m *ordinary[] = {&statically, &on_stack, heap, big, big + (64 << 20) / sizeof(*big) - 1};
	for (size_t i = 0; i < sizeof(ordinary) / sizeof(*ordinary); i++) {
		const char *why = NULL;
		bool last;
		check(t.f.s->admit(t.f.list, ordinary[i], &why), "%p is refused: %s", (void *)ordinary[i], why);
		t.f.s->put(t.f.list, ordinary[i]);
		assert_ptr_equal(t.f.s->get(t.f.list, true, &last), ordinary[i]);
	}
	uintptr_t odd[] = {(uintptr_t)heap + 8, (uintptr_t)heap | UINT64_C(1) << 55, (uintptr_t)heap | UINT64_C(1) << 48, UINTPTR_MAX - 63};
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		const char *why = NULL;
		if (!t.f.s->admit(t.f.list, (struct m *)odd[i], &why))
			assert_true(why != NULL && why[0] != '\0');
	}
	assert_null(get(&t)); /* admitted, but not put */
	free(heap);
	free(big);
	fixture_free(&t.f);
}

static struct model *handled;

static void handler(int sig)
{
	(void)sig;
	struct payload_m *a = get(handled), *b = get(handled);
	put(handled, a);
	put(handled, b);
}

/* The thread is outside get and put, where handlers may use them. */
void contract_in_handler(void **state)
{
	struct model t = begin(state, "in a signal handler", 20);
	handled = &t;
	struct sigaction old, action = {.sa_handler = handler};
	sigaction(SIGUSR1, &action, &old);
	put_all(&t);
	for (int i = 0; i < 1000; i++) {
		struct payload_m *p = get(&t);
		raise(SIGUSR1);
		put(&t, p);
		raise(SIGUSR1);
	}
	sigaction(SIGUSR1, &old, NULL);
	get_all(&t);
	fixture_free(&t.f);
}

void contract_described(void **state)
{
	const struct extram_strategy *s = *state;
	struct model t = begin(state, "names and summaries", 1);
	assert_ptr_equal(extram_find(s->name), s);
	assert_null(extram_find(""));
	assert_false(has(&t, EXTRAM_NO_LAST) && has(&t, EXTRAM_LAST_EXACT));
	assert_true(s->summary != NULL && s->summary[0] != '\0' && strchr(s->summary, '\n') == NULL);
	assert_true(s->list_size >= sizeof(struct extram_list));
	assert_non_null(s->variant(t.f.list));
	print_message("# %s: %s%s%s\n", s->name, s->summary, s->variant(t.f.list)[0] ? "; variant " : "", s->variant(t.f.list));
	fixture_free(&t.f);
}
