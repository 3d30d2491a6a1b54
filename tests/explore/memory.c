/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <stdatomic.h>
#include <string.h>

#include "record.h"
#include "search.h"

static struct clock sc; /* seen: the oldest stores that seq_cst operations may still read */

void memory_reset(void)
{
	places_reset();
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

/* The oldest store that an operation of this order may look behind no more. */
static int known(struct thread *t, struct location *l, int order)
{
	int16_t low = t->now.seen[l->index];
	return order == memory_order_seq_cst ? max(low, sc.seen[l->index]) : low;
}

/* The oldest store that this load may return. */
static int oldest(struct thread *t, struct location *l, int order)
{
	int low = known(t, l, order);
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

/* Appends what memory holds; a read-modify-write goes on with the release sequence of the store
 * before it. */
static void append(struct thread *t, struct location *l, const struct sim_access *a)
{
	struct store *before = locations_nth(l, l->count - 1), *s = locations_nth(l, l->count);
	int16_t n = (int16_t)l->count++;
	bool rmw = a->kind != SIM_STORE;
	uint64_t value = sim_peek((const volatile void *)l->address, a->size > 8 ? 8 : a->size);
	bool changed = before->value != value;
	t->now.seen[l->index] = n;
	const struct clock *own = releases(a->order) ? &t->now : &t->released;
	s->value = value;
	s->fixed = rmw;
	s->releases = true;
	if (releases(a->order) || t->fenced)
		s->message = *own;
	else if (rmw && before->releases)
		s->message = before->message;
	else
		s->releases = false;
	if (s->releases && rmw && before->releases)
		clock_join(&s->message, &before->message);
	if (a->order == memory_order_seq_cst)
		sc.seen[l->index] = n;
	if (changed)
		schedule_changed();
}

static void access_trace(const char *what, const struct sim_access *a, uint64_t value, int old)
{
	trace_access(&(struct trace){what, a->address, a->order, value, old});
}

static struct location *location(const struct sim_access *a)
{
	return locations_find((uintptr_t)a->address, a->size);
}

static void load(struct thread *t, struct sim_access *a)
{
	struct location *l = location(a);
	race_atomic(l->cell, RACE_ATOMIC_READ, a->site);
	uint32_t choices = a->kind == SIM_FUTEX_READ ? 1 : (uint32_t)(l->count - oldest(t, l, a->order));
	int old = (int)search_pick(SEARCH_STALE, choices), n = l->count - 1 - old;
	observe(t, l, n, a->order);
	a->found[0] = locations_nth(l, n)->value;
	access_trace(a->kind == SIM_LOAD ? "load" : "futex wait", a, a->found[0], old);
}

/* A store may come before stores of which its thread knows nothing. They overwrite it at once. */
static bool slips_in(struct thread *t, struct location *l, int order)
{
	int after = known(t, l, order);
	if (t->dependent)
		after = max((int16_t)after, t->acquired.seen[l->index]);
	int n = locations_slip(l, after);
	if (n < 0 || search_pick(SEARCH_STALE, 2) == 0)
		return false;
	t->now.seen[l->index] = (int16_t)n;
	if (order == memory_order_seq_cst)
		sc.seen[l->index] = max(sc.seen[l->index], (int16_t)n);
	history_stale();
	return true;
}

static void store(struct thread *t, struct sim_access *a)
{
	struct location *l = location(a);
	t->dependent = a->section;
	race_atomic(l->cell, RACE_ATOMIC_WRITE, a->site);
	bool slips = slips_in(t, l, a->order);
	t->dependent = false;
	if (!slips) {
		sim_perform(a);
		append(t, l, a);
	}
	access_trace("store", a, a->operand[0], slips ? l->count - t->now.seen[l->index] : 0);
}

static void change(struct thread *t, struct sim_access *a)
{
	struct location *l = location(a);
	race_atomic(l->cell, RACE_ATOMIC_WRITE, a->site);
	observe(t, l, l->count - 1, a->order);
	sim_perform(a);
	append(t, l, a);
	access_trace("rmw", a, sim_peek(a->address, a->size), 0);
}

/* The store that the exchange returns when it fails; -1: it does not fail. A weak exchange may fail
 * without a reason. */
static int fails_on(struct thread *t, struct location *l, const struct sim_access *a)
{
	int found[MEMORY_STORES + 1], newest = l->count - 1;
	uint32_t n = 0;
	if (locations_nth(l, newest)->value == a->expected[0]) {
		if (a->kind == SIM_CAS_WEAK && search_pick(SEARCH_SPURIOUS, 2) == 1)
			return newest;
		found[n++] = -1;
	}
	for (int i = newest; i >= oldest(t, l, a->failure); i--)
		if (locations_nth(l, i)->value != a->expected[0])
			found[n++] = i;
	return found[search_pick(SEARCH_STALE, n)];
}

static void exchange(struct thread *t, struct sim_access *a)
{
	struct location *l = location(a);
	int n = fails_on(t, l, a), newest = l->count - 1;
	race_atomic(l->cell, n < 0 ? RACE_ATOMIC_WRITE : RACE_ATOMIC_READ, a->site);
	observe(t, l, n < 0 ? newest : n, n < 0 ? a->order : a->failure);
	if (n < 0) {
		sim_perform(a);
		append(t, l, a);
		access_trace("cas", a, a->operand[0], 0);
		return;
	}
	bool for_nothing = locations_nth(l, n)->value == a->expected[0];
	a->found[0] = locations_nth(l, n)->value;
	t->stale |= for_nothing;
	trace_access(&(struct trace){for_nothing ? "cas fails for nothing" : "cas fails", a->address, a->failure, a->found[0], newest - n});
}

/*
 * A strong exchange of two neighbouring 8-byte words, which are otherwise accessed one by one. In
 * one step it compares the newest stores of both and appends to both. It does not fail on old ones.
 */
static void exchange_pair(struct thread *t, struct sim_access *a)
{
	struct location *l[2];
	uint64_t before[2];
	volatile uint64_t *word = a->address;
	for (int i = 0; i < 2; i++) {
		l[i] = locations_find((uintptr_t)&word[i], 8);
		before[i] = word[i];
	}
	bool done = before[0] == a->expected[0] && before[1] == a->expected[1];
	int order = done ? a->order : a->failure;
	/* Both are read before one is written, because what is released includes them. */
	for (int i = 0; i < 2; i++) {
		race_atomic(l[i]->cell, done ? RACE_ATOMIC_WRITE : RACE_ATOMIC_READ, a->site);
		observe(t, l[i], l[i]->count - 1, order);
		trace_access(
		    &(struct trace){done ? "cas of two" : "cas of two fails", &word[i], order, done ? a->operand[i] : before[i], 0});
	}
	sim_perform(a);
	for (int i = 0; i < 2 && done; i++)
		append(t, l[i], a);
}

static void full_fence(struct thread *t)
{
	clock_join(&t->now, &t->acquired);
	clock_join_seen(&t->now, &sc);
	clock_join_seen(&sc, &t->now);
}

static void fence(struct thread *t, const struct sim_access *a)
{
	if (a->order == memory_order_seq_cst)
		full_fence(t);
	else if (acquires(a->order))
		clock_join(&t->now, &t->acquired);
	if (releases(a->order)) {
		t->released = t->now;
		t->fenced = true;
	}
	access_trace("fence", a, 0, 0);
}

void driver_access(struct sim_access *a)
{
	struct thread *t = schedule_step();
	switch (a->kind) {
	case SIM_FUTEX_READ:
		t->waited = true;
		/* fallthrough */
	case SIM_LOAD:
		load(t, a);
		break;
	case SIM_STORE:
		store(t, a);
		break;
	case SIM_CAS:
	case SIM_CAS_WEAK:
		if (a->size == 16)
			exchange_pair(t, a);
		else
			exchange(t, a);
		break;
	case SIM_FENCE:
		fence(t, a);
		break;
	default:
		change(t, a);
	}
}

void memory_barrier(uint32_t mask)
{
	struct thread *self = schedule_step();
	full_fence(self);
	for (int i = 0; i < schedule_count(); i++)
		if (mask & 1U << i) {
			full_fence(&schedule_threads[i]);
			clock_join(&self->now, &schedule_threads[i].now);
		}
	full_fence(self);
	mask |= 1U << self->id;
	for (int i = 0; i < schedule_count(); i++)
		if (mask & 1U << i) {
			struct thread *t = &schedule_threads[i];
			clock_join(&t->now, &self->now);
			t->released = t->now;
			t->fenced = true;
		}
	trace_access(&(struct trace){.what = "membarrier", .order = memory_order_seq_cst, .value = mask});
}
