/* SPDX-License-Identifier: BSD-3-Clause */
#include "stores.h"

#include "cpus.h"
#include "events.h"
#include "lines.h"
#include "machine.h"

#define BUFFERED 64 /* at most */

struct store {
	struct lines_request request; /* first: a request is its store */
	struct sim_access access;
	bool plain;
	uint64_t comes_at; /* EVENTS_NEVER: not known yet */
	uint32_t line, thread;
};

static struct buffer {
	struct store ring[BUFFERED];
	uint32_t first, count;
	uint32_t room_for; /* the thread stalls until there are at most that many */
	bool waited_for;
} buffers[SIM_THREADS];

void stores_reset(void)
{
	for (int i = 0; i < SIM_THREADS; i++)
		buffers[i].first = buffers[i].count = buffers[i].waited_for = 0;
}

static struct store *oldest(struct buffer *b)
{
	return &b->ring[b->first % BUFFERED];
}

static void comes(struct lines_request *r, uint64_t at)
{
	struct store *s = (struct store *)r;
	s->comes_at = at;
	if (s == oldest(&buffers[s->thread]))
		events_add(at, EVENTS_STORE, s->thread);
}

static void ask(struct store *s, uint64_t at)
{
	s->comes_at = EVENTS_NEVER;
	s->request.comes = comes;
	lines_ask(s->line, &s->request, at);
}

static void wait_for_room(struct buffer *b, uint32_t most)
{
	while (b->count > most) {
		b->room_for = most;
		b->waited_for = true;
		cpus_stall();
	}
}

void stores_put(const struct sim_access *a, bool plain)
{
	struct buffer *b = &buffers[sim_self->id];
	uint32_t line = lines_find(a->address), most = (uint32_t)machine.f.buffered;
	bool full = most == 0 || most > BUFFERED || a->section;
	wait_for_room(b, (full ? BUFFERED : most) - 1);
	uint64_t at = cpus_now();
	bool has = lines_has(line, cpus_place(), true, at);
	if (plain && has && b->count == 0) {
		lines_use(line, cpus_place(), true, at);
		return;
	}
	struct store *s = &b->ring[(b->first + b->count++) % BUFFERED];
	*s = (struct store){
	    .access = *a, .plain = plain, .line = line, .thread = (uint32_t)sim_self->id, .request = {.cpu = cpus_place(), .write = true}};
	if (has)
		comes(&s->request, at + machine.f.commit);
	else
		ask(s, at);
}

void stores_wait(void)
{
	wait_for_room(&buffers[sim_self->id], 0);
}

void stores_show(uint32_t thread)
{
	struct buffer *b = &buffers[thread];
	for (uint32_t i = 0; i < b->count; i++) {
		struct store *s = &b->ring[(b->first + i) % BUFFERED];
		if (!s->plain)
			sim_perform(&s->access);
		s->plain = true;
	}
}

static bool overlaps(const struct sim_access *a, const struct sim_access *b)
{
	const volatile char *p = a->address, *q = b->address;
	return p < q + b->size && q < p + a->size;
}

bool stores_forward(struct sim_access *load, bool plain)
{
	struct buffer *b = &buffers[sim_self->id];
	for (uint32_t i = b->count; i-- > 0;) {
		const struct store *s = &b->ring[(b->first + i) % BUFFERED];
		if (!overlaps(&s->access, load))
			continue;
		if (s->access.address != load->address || s->access.size != load->size || (plain && !s->plain)) {
			stores_wait();
			return false;
		}
		if (s->plain)
			sim_perform(load);
		else
			load->found[0] = s->access.operand[0];
		return true;
	}
	return false;
}

/* The line of a younger store may have gone meanwhile: it is asked for again. */
void stores_drain(uint32_t thread, uint64_t at)
{
	struct buffer *b = &buffers[thread];
	while (b->count > 0 && oldest(b)->comes_at <= at) {
		struct store *s = oldest(b);
		if (!lines_has(s->line, s->request.cpu, true, at)) {
			ask(s, at);
			break;
		}
		lines_use(s->line, s->request.cpu, true, at);
		if (!s->plain)
			sim_perform(&s->access);
		b->first++;
		b->count--;
	}
	if (b->count > 0 && oldest(b)->comes_at != EVENTS_NEVER && oldest(b)->comes_at > at)
		events_add(oldest(b)->comes_at, EVENTS_STORE, thread);
	if (b->waited_for && b->count <= b->room_for) {
		b->waited_for = false;
		cpus_resume(thread, at);
	}
}
