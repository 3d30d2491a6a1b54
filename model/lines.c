/* SPDX-License-Identifier: BSD-3-Clause */
#include "lines.h"

#include <string.h>

#include "line.h"
#include "machine.h"
#include "random.h"
#include "sim.h"
#include "table.h"

static struct line lines[TABLE_LINES];
static uint64_t draw;

void lines_reset(uint64_t seed)
{
	table_reset();
	draw = seed;
}

uint32_t lines_find(const volatile void *address)
{
	bool fresh;
	uint32_t line = table_find((uintptr_t)address / LINES_BYTES, &fresh);
	if (fresh)
		lines[line] = (struct line){.owner = LINE_NOBODY, .visitor = LINE_NOBODY, .event_at = EVENTS_NEVER};
	return line;
}

static void add_copy(struct line *l, uint32_t core)
{
	l->copies[core / 64] |= UINT64_C(1) << core % 64;
	l->domains |= UINT64_C(1) << machine.core_domain[core];
}

static void only_copy(struct line *l, uint32_t core)
{
	memset(l->copies, 0, sizeof(l->copies));
	l->domains = 0;
	l->rests = false;
	add_copy(l, core);
}

static uint32_t copy_count(const struct line *l)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < LINE_WORDS; i++)
		n += (uint32_t)__builtin_popcountll(l->copies[i]);
	return n;
}

bool lines_has(uint32_t line, uint32_t cpu, bool write, uint64_t at)
{
	const struct line *l = &lines[line];
	uint32_t core = machine.place[cpu].core;
	if (l->owner == core)
		return at >= l->arrives && (l->visitor == cpu || (!write && l->first == NULL));
	if (!line_has_copy(l, core) || at < l->copy_at[machine.place[cpu].domain])
		return false;
	/* The only copy is exclusive: it needs no word of others to become an owner's. */
	return !write || (l->first == NULL && copy_count(l) == 1);
}

void lines_use(uint32_t line, uint32_t cpu, bool write, uint64_t until)
{
	struct line *l = &lines[line];
	if (write && l->owner == LINE_NOBODY) {
		l->owner = machine.place[cpu].core;
		l->domain = machine.place[cpu].domain;
		l->visitor = cpu;
	}
	if (write && l->owner != machine.place[cpu].core)
		sim_fail("CPU %u writes a line that it does not have", machine.place[cpu].number);
	l->version += write;
	if (l->owner != LINE_NOBODY && until > l->free_at)
		l->free_at = until;
}

static void plan(uint32_t line)
{
	struct line *l = &lines[line];
	uint64_t at = EVENTS_NEVER;
	for (const struct lines_request *r = l->first; r != NULL; r = r->next) {
		uint64_t then = line_known(l, r);
		at = then < at ? then : at;
	}
	at = line_later(at, l->free_at);
	if (at != l->event_at && at != EVENTS_NEVER)
		events_add(at, EVENTS_LINE, line);
	l->event_at = at;
}

void lines_ask(uint32_t line, struct lines_request *r, uint64_t at)
{
	struct line *l = &lines[line];
	r->asked = at;
	r->next = l->first;
	l->first = r;
	plan(line);
}

static void give_to_reader(struct line *l, const struct lines_request *r, uint64_t at)
{
	const struct machine_place *p = &machine.place[r->cpu];
	if (l->domains == 0)
		l->domain = p->domain;
	l->copy_at[p->domain] = at + machine_leg(line_server(l, r), p->domain);
	l->owner = LINE_NOBODY;
	add_copy(l, p->core);
	l->free_at = at + machine.f.clean_gap;
}

static void give_to_writer(struct line *l, const struct lines_request *r, uint64_t arrives)
{
	const struct machine_place *p = &machine.place[r->cpu];
	bool far = l->domain != p->domain;
	l->domain_until = far ? arrives + machine.f.domain_hold : l->domain_until;
	l->owner = p->core;
	l->domain = p->domain;
	l->visitor = r->cpu;
	only_copy(l, p->core);
	l->arrives = arrives;
	l->free_at = arrives + (far ? machine.f.far_hold : 0) + random_between(&draw, machine.f.hold_min, machine.f.hold_max);
}

/* What else the CPU wants of the line comes with it, and what its sibling reads of it. */
static bool rides_along(const struct lines_request *r, const struct lines_request *served)
{
	if (r->far)
		return false;
	if (r->write)
		return served->write && r->cpu == served->cpu;
	return machine.place[r->cpu].core == machine.place[served->cpu].core;
}

static void serve_too(struct line *l, const struct lines_request *served, uint64_t arrives)
{
	struct lines_request *r;
	for (struct lines_request **at = &l->first; (r = *at) != NULL;)
		if (rides_along(r, served)) {
			*at = r->next;
			r->comes(r, arrives);
		} else
			at = &r->next;
}

static const char *fault_of(const struct line *l)
{
	if (l->owner == LINE_NOBODY)
		return NULL;
	if (copy_count(l) != 1 || !line_has_copy(l, l->owner))
		return "a core has a copy beside the owner's";
	return l->domain < machine.domains ? NULL : "no domain orders its requests";
}

/* What orders the requests does the atomic itself, once it has the only copy. Returns when the core
 * knows the result. */
static uint64_t do_far(struct line *l, const struct lines_request *r, uint64_t at)
{
	uint64_t done = at + line_recall(l, r) + machine.f.far_add, way = line_way(l, r);
	l->domain = line_server(l, r);
	l->owner = LINE_NOBODY;
	memset(l->copies, 0, sizeof(l->copies));
	l->domains = 0;
	l->rests = true;
	l->version++;
	l->free_at = done;
	return done + way;
}

static void serve(struct line *l, struct lines_request *r, uint64_t at)
{
	/* A line that no other core asks for comes to the core, even for an atomic. */
	if (r->far && l->first != NULL) {
		r->comes(r, do_far(l, r, at));
		return;
	}
	uint64_t arrives = at + line_way(l, r);
	if (r->write && l->owner == LINE_NOBODY)
		arrives =
		    line_has_copy(l, machine.place[r->cpu].core) ? at + line_recall(l, r) : line_later(arrives, at + line_recall(l, r));
	if (l->owner != machine.place[r->cpu].core)
		l->ordered_at = at;
	if (r->write && l->domain != machine.place[r->cpu].domain)
		l->moved_at = arrives + machine_home_leg(machine.place[r->cpu].domain);
	if (r->write)
		give_to_writer(l, r, arrives);
	else
		give_to_reader(l, r, at);
	/* First the CPU goes on, then the line does: see events.h. */
	r->comes(r, arrives);
	serve_too(l, r, arrives);
	const char *fault = fault_of(l);
	if (fault != NULL)
		sim_fail("%s", fault);
}

/* Draws among those that are known by then; near ones only while they go first. */
static struct lines_request **choose(struct line *l, uint64_t at)
{
	struct lines_request **chosen[2] = {NULL, NULL};
	uint32_t n[2] = {0, 0};
	for (struct lines_request **r = &l->first; *r != NULL; r = &(*r)->next) {
		bool near = machine.place[(*r)->cpu].domain == l->domain;
		if (line_known(l, *r) <= at && random_between(&draw, 0, n[near]++) == 0)
			chosen[near] = r;
	}
	bool near = n[true] > 0 && (at < l->domain_until || n[false] == 0 || random_between(&draw, 1, n[true] + n[false]) <= n[true]);
	return chosen[near];
}

void lines_pass(uint32_t line, uint64_t at)
{
	struct line *l = &lines[line];
	if (at != l->event_at)
		return;
	l->event_at = EVENTS_NEVER;
	struct lines_request **chosen = at < l->free_at ? NULL : choose(l, at);
	if (chosen != NULL) {
		struct lines_request *r = *chosen;
		*chosen = r->next;
		serve(l, r, at);
	}
	plan(line);
}

uint64_t lines_version(uint32_t line)
{
	return lines[line].version;
}

const char *lines_fault(uint32_t line)
{
	return lines[line].first != NULL ? "a request is never served" : fault_of(&lines[line]);
}

uint32_t lines_count(void)
{
	return table_count();
}
