/* SPDX-License-Identifier: BSD-3-Clause */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

/* Not zero, because init must not depend on what its memory holds. */
#define GARBAGE 0xa5

static size_t list_bytes(const struct extram_strategy *s)
{
	return (s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
}

static uint64_t sum_of(const struct payload_m *p)
{
	uint64_t sum = p->id;
	for (unsigned i = 0; i < HARNESS_WORDS; i++)
		sum = (sum << 7 | sum >> 57) + p->words[i];
	return sum;
}

static void admit(struct fixture *f, uint32_t i)
{
	const char *why = NULL;
	check(f->s->admit(f->list, &f->ms[i].m, &why), "an ordinary m at %p is refused: %s", (void *)&f->ms[i], why);
}

static void open_list(struct fixture *f)
{
	const char *why = NULL;
	memset((void *)f->list, GARBAGE, list_bytes(f->s));
	check(f->s->init(f->list, &why), "init: %s", why);
	for (uint32_t i = 0; i < f->n && !f->late; i++)
		admit(f, i);
}

static void new_ms(struct fixture *f)
{
	memset((void *)f->ms, GARBAGE, f->n * sizeof(*f->ms));
	for (uint32_t i = 0; i < f->n; i++) {
		f->ms[i].id = i;
		f->ms[i].owner = 0;
		atomic_init(&f->ms[i].holder, 0);
		f->ms[i].sum = sum_of(&f->ms[i]);
	}
}

static struct fixture make(const struct extram_strategy *s, uint32_t n, bool late)
{
	struct fixture f = {.s = s, .n = n, .late = late};
	f.list = aligned_alloc(EXTRAM_APART, list_bytes(s));
	f.ms = aligned_alloc(_Alignof(struct payload_m), (n + 1) * sizeof(*f.ms));
	check(f.list != NULL && f.ms != NULL, "no memory for a list and %u ms", n);
	new_ms(&f);
	open_list(&f);
	return f;
}

struct fixture fixture_make(const struct extram_strategy *s, uint32_t n)
{
	return make(s, n, false);
}

struct fixture fixture_make_late(const struct extram_strategy *s, uint32_t n)
{
	return make(s, n, true);
}

void fixture_free(struct fixture *f)
{
	f->s->fini(f->list);
	free(f->list);
	free(f->ms);
}

void fixture_again(struct fixture *f)
{
	f->s->fini(f->list);
	new_ms(f);
	open_list(f);
}

struct payload_m *payload_take(struct fixture *f, struct worker *w, struct m *mp)
{
	struct payload_m *p = (struct payload_m *)mp;
	size_t at = (size_t)((char *)p - (char *)f->ms);
	check(at % sizeof(*p) == 0 && at / sizeof(*p) < f->n, "%p is no m of ours", (void *)mp);
	/* relaxed: the exchange alone shows whether two workers have it. The plain words check the
	 * order. */
	unsigned other = atomic_exchange_explicit(&p->holder, w->id, memory_order_relaxed);
	check(other == 0, "m %u belongs to thread %u and to thread %u", p->id, other, w->id);
	check(p->owner == 0, "m %u: thread %u does not see that thread %u gave it back", p->id, w->id, p->owner);
	check(p->sum == sum_of(p), "m %u: thread %u does not see all that its last owner wrote", p->id, w->id);
	p->owner = w->id;
	return p;
}

void payload_give(struct worker *w, struct payload_m *p)
{
	check(p->owner == w->id, "m %u belongs to thread %u and to thread %u", p->id, p->owner, w->id);
	for (unsigned i = 0; i < HARNESS_WORDS; i++)
		p->words[i] = (uint64_t)worker_random(w) << 32 | w->id;
	p->sum = sum_of(p);
	p->owner = 0;
	/* relaxed: as in payload_take. */
	unsigned other = atomic_exchange_explicit(&p->holder, 0, memory_order_relaxed);
	check(other == w->id, "m %u belongs to thread %u and to thread %u", p->id, other, w->id);
}

struct payload_m *fixture_get(struct fixture *f, struct worker *w, bool nilokay, bool *last)
{
	struct m *mp = f->s->get(f->list, nilokay, last);
	check(mp != NULL || nilokay, "no m, but that was not okay");
	check(mp != NULL || *last, "the list was empty, but last is false");
	if (mp == NULL)
		return NULL;
	worker_done(w);
	return payload_take(f, w, mp);
}

void fixture_put(struct fixture *f, struct worker *w, struct payload_m *p)
{
	payload_give(w, p);
	f->s->put(f->list, &p->m);
	worker_done(w);
}

void fixture_settle(struct fixture *f)
{
	if (f->s->properties & EXTRAM_KEEPS)
		f->s->thread_exit(f->list);
}

void fixture_park(struct fixture *f, struct worker *w, struct payload_m *p)
{
	fixture_put(f, w, p);
	fixture_settle(f);
}

void fixture_new(struct fixture *f, struct worker *w, uint32_t i)
{
	if (f->late)
		admit(f, i);
	/* relaxed: no other worker has it. */
	atomic_store_explicit(&f->ms[i].holder, w->id, memory_order_relaxed);
	f->ms[i].owner = w->id;
	fixture_park(f, w, &f->ms[i]);
}

void fixture_fill(struct fixture *f, struct worker *w)
{
	for (uint32_t i = 0; i < f->n; i++)
		fixture_new(f, w, i);
}

bool fixture_length_is(const struct fixture *f, uint32_t n)
{
	uint32_t length = f->s->length(f->list);
	return f->s->properties & EXTRAM_NO_LENGTH ? length == (n > 0) : length == n;
}

void fixture_drain(struct fixture *f, struct worker *w, uint32_t parked)
{
	bool last = false;
	struct payload_m *p;
	worker_phase(w, "draining the list");
	f->s->thread_exit(f->list);
	for (uint32_t i = 0; i < f->n; i++)
		f->ms[i].seen = false;
	for (uint32_t left = parked;; left--) {
		/* length may take time proportional to the list, so a long list is checked only now
		 * and then. */
		check((left > 1000 && left % 1000 != 0) || fixture_length_is(f, left), "length is %u with %u ms on the list",
		      f->s->length(f->list), left);
		if ((p = fixture_get(f, w, true, &last)) == NULL) {
			check(left == 0, "%u ms of %u are lost", left, parked);
			return;
		}
		check(left > 0 && !p->seen, "m %u comes out of a list that held %u ms, too often", p->id, parked);
		check(left > 1 || last, "the list is empty, but last is false");
		p->seen = true;
	}
}
