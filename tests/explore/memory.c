/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <stdatomic.h>
#include <string.h>

#include "history.h"
#include "locations.h"
#include "race.h"
#include "fibers.h"
#include "search.h"
#include "tls.h"
#include "trace.h"

static struct clock sc; /* seen: the oldest stores that seq_cst operations may still read */

void memory_reset(void)
{
	locations_reset();
	memset(&sc, 0, sizeof(sc));
}

static bool acquires(int order)
{
	return order == memory_order_acquire || order == memory_order_consume || order == memory_order_acq_rel ||
	       order == memory_order_seq_cst;
}

static bool releases(int order)
{
	return order == memory_order_release || order == memory_order_acq_rel || order == memory_order_seq_cst;
}

static int16_t max(int16_t a, int16_t b)
{
	return a > b ? a : b;
}

/* The running thread's next visible step begins. */
static struct thread *step(void)
{
	fibers_point();
	struct thread *t = fibers_self;
	t->now.when[t->id]++;
	history_step(t);
	return t;
}

/* The oldest store that this load may return. */
static int oldest(struct thread *t, struct location *l, int order)
{
	int low = t->now.seen[l->index];
	if (order == memory_order_seq_cst)
		low = max((int16_t)low, sc.seen[l->index]);
	return low > l->count - MEMORY_STORES ? low : l->count - MEMORY_STORES;
}

static void observe(struct thread *t, struct location *l, int n, int order)
{
	struct store *s = locations_nth(l, n);
	t->now.seen[l->index] = max(t->now.seen[l->index], (int16_t)n);
	if (order == memory_order_seq_cst)
		sc.seen[l->index] = max(sc.seen[l->index], (int16_t)n);
	if (s->releases) {
		clock_join(&t->acquired, &s->message);
		if (acquires(order))
			clock_join(&t->now, &s->message);
	}
	if (n != l->count - 1) {
		t->stale = true;
		history_stale();
	}
}

/* Appends a store; one by a read-modify-write goes on with the release sequence of the store before it. */
static void append(struct thread *t, struct location *l, uint64_t value, int order, bool rmw)
{
	struct store *before = locations_nth(l, l->count - 1), *s = locations_nth(l, l->count);
	int16_t n = (int16_t)l->count++;
	bool changed = before->value != value;
	t->now.seen[l->index] = n;
	const struct clock *own = releases(order) ? &t->now : &t->released;
	s->value = value;
	s->releases = true;
	if (releases(order) || t->fenced)
		s->message = *own;
	else if (rmw && before->releases)
		s->message = before->message;
	else
		s->releases = false;
	if (s->releases && rmw && before->releases)
		clock_join(&s->message, &before->message);
	if (order == memory_order_seq_cst)
		sc.seen[l->index] = n;
	if (changed)
		fibers_changed();
}

uint64_t memory_load(const volatile void *p, unsigned size, int order, const void *site)
{
	if (fibers_self == NULL || tls_has(p))
		return locations_peek(p, size);
	struct thread *t = step();
	struct location *l = locations_find((uintptr_t)p, size);
	race_atomic(l->cell, RACE_ATOMIC_READ, site);
	int newest = l->count - 1;
	int n = newest - (int)search_pick(SEARCH_STALE, (uint32_t)(l->count - oldest(t, l, order)));
	observe(t, l, n, order);
	trace_access("load", p, order, locations_nth(l, n)->value, newest - n);
	return locations_nth(l, n)->value;
}

void memory_store(volatile void *p, unsigned size, uint64_t value, int order, const void *site)
{
	if (fibers_self == NULL || tls_has(p)) {
		locations_poke(p, size, value);
		return;
	}
	struct thread *t = step();
	struct location *l = locations_find((uintptr_t)p, size);
	race_atomic(l->cell, RACE_ATOMIC_WRITE, site);
	locations_poke(p, size, value);
	append(t, l, locations_peek(p, size), order, false);
	trace_access("store", p, order, value, 0);
}

static uint64_t apply(enum memory_op op, uint64_t old, uint64_t operand)
{
	switch (op) {
	case MEMORY_ADD:
		return old + operand;
	case MEMORY_SUB:
		return old - operand;
	case MEMORY_AND:
		return old & operand;
	case MEMORY_OR:
		return old | operand;
	case MEMORY_XOR:
		return old ^ operand;
	case MEMORY_NAND:
		return ~(old & operand);
	case MEMORY_XCHG:
		break;
	}
	return operand;
}

uint64_t memory_rmw(volatile void *p, unsigned size, enum memory_op op, uint64_t operand, int order, const void *site)
{
	uint64_t old;
	if (fibers_self == NULL || tls_has(p)) {
		old = locations_peek(p, size);
		locations_poke(p, size, apply(op, old, operand));
		return old;
	}
	struct thread *t = step();
	struct location *l = locations_find((uintptr_t)p, size);
	race_atomic(l->cell, RACE_ATOMIC_WRITE, site);
	old = locations_nth(l, l->count - 1)->value;
	observe(t, l, l->count - 1, order);
	locations_poke(p, size, apply(op, old, operand));
	append(t, l, locations_peek(p, size), order, true);
	trace_access("rmw", p, order, locations_peek(p, size), 0);
	return old;
}

/* The store that the exchange returns when it fails; -1: it does not fail. A weak exchange may fail
 * without a reason. */
static int fails_on(struct thread *t, struct location *l, uint64_t expected, bool weak, int failure)
{
	int found[MEMORY_STORES + 1], newest = l->count - 1;
	uint32_t n = 0;
	if (locations_nth(l, newest)->value == expected) {
		if (weak && search_pick(SEARCH_SPURIOUS, 2) == 1)
			return newest;
		found[n++] = -1;
	}
	for (int i = newest; i >= oldest(t, l, failure); i--)
		if (locations_nth(l, i)->value != expected)
			found[n++] = i;
	return found[search_pick(SEARCH_STALE, n)];
}

static void cas_succeeds(struct thread *t, struct location *l, volatile void *p, unsigned size, uint64_t value, int order)
{
	observe(t, l, l->count - 1, order);
	locations_poke(p, size, value);
	append(t, l, locations_peek(p, size), order, true);
	trace_access("cas", p, order, value, 0);
}

static uint64_t plain_cas(volatile void *p, unsigned size, uint64_t expected, uint64_t value, bool *done)
{
	uint64_t old = locations_peek(p, size);
	*done = old == expected;
	if (*done)
		locations_poke(p, size, value);
	return old;
}

uint64_t memory_cas(volatile void *p, unsigned size, uint64_t expected, uint64_t value, bool weak, int order, int failure, bool *done,
		    const void *site)
{
	if (fibers_self == NULL || tls_has(p))
		return plain_cas(p, size, expected, value, done);
	struct thread *t = step();
	struct location *l = locations_find((uintptr_t)p, size);
	int n = fails_on(t, l, expected, weak, failure), newest = l->count - 1;
	*done = n < 0;
	race_atomic(l->cell, *done ? RACE_ATOMIC_WRITE : RACE_ATOMIC_READ, site);
	if (*done) {
		cas_succeeds(t, l, p, size, value, order);
		return expected;
	}
	uint64_t old = locations_nth(l, n)->value;
	observe(t, l, n, failure);
	t->stale |= old == expected;
	trace_access(old == expected ? "cas fails for nothing" : "cas fails", p, failure, old, newest - n);
	return old;
}

uint64_t memory_newest(const volatile void *p, unsigned size, const void *site)
{
	struct thread *t = step();
	struct location *l = locations_find((uintptr_t)p, size);
	race_atomic(l->cell, RACE_ATOMIC_READ, site);
	observe(t, l, l->count - 1, memory_order_relaxed);
	trace_access("futex wait", p, memory_order_relaxed, locations_nth(l, l->count - 1)->value, 0);
	return locations_nth(l, l->count - 1)->value;
}

bool memory_cas_pair(volatile void *p, uint64_t expected[2], const uint64_t value[2], int order, int failure, const void *site)
{
	volatile uint64_t *word = p;
	struct thread *t = fibers_self == NULL ? NULL : step();
	struct location *l[2] = {NULL, NULL};
	bool done = word[0] == expected[0] && word[1] == expected[1];
	/* Both are read before one is written, because what is released includes them. */
	for (int i = 0; i < 2 && t != NULL; i++) {
		l[i] = locations_find((uintptr_t)&word[i], 8);
		race_atomic(l[i]->cell, done ? RACE_ATOMIC_WRITE : RACE_ATOMIC_READ, site);
		observe(t, l[i], l[i]->count - 1, done ? order : failure);
		trace_access(done ? "cas of two" : "cas of two fails", &word[i], done ? order : failure, done ? value[i] : word[i], 0);
	}
	for (int i = 0; i < 2; i++) {
		expected[i] = word[i];
		if (done)
			locations_poke(&word[i], 8, value[i]);
		if (done && t != NULL)
			append(t, l[i], value[i], order, true);
	}
	return done;
}

void memory_fence(int order)
{
	if (fibers_self == NULL)
		return;
	struct thread *t = step();
	if (acquires(order))
		clock_join(&t->now, &t->acquired);
	if (order == memory_order_seq_cst) {
		clock_join_seen(&t->now, &sc);
		clock_join_seen(&sc, &t->now);
	}
	if (releases(order)) {
		t->released = t->now;
		t->fenced = true;
	}
	trace_access("fence", NULL, order, 0, 0);
}

static void full_fence(struct thread *t)
{
	clock_join(&t->now, &t->acquired);
	clock_join_seen(&t->now, &sc);
	clock_join_seen(&sc, &t->now);
}

void memory_barrier(uint32_t (*whose)(int cpu), int cpu)
{
	int n;
	struct thread *self = step(), *threads = fibers_threads(&n);
	uint32_t mask = whose(cpu);
	full_fence(self);
	for (int i = 0; i < n; i++)
		if (mask & 1U << i) {
			full_fence(&threads[i]);
			clock_join(&self->now, &threads[i].now);
		}
	full_fence(self);
	mask |= 1U << self->id;
	for (int i = 0; i < n; i++)
		if (mask & 1U << i) {
			clock_join(&threads[i].now, &self->now);
			threads[i].released = threads[i].now;
			threads[i].fenced = true;
		}
	trace_access("membarrier", NULL, memory_order_seq_cst, mask, 0);
}
