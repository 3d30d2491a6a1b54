/* SPDX-License-Identifier: BSD-3-Clause */
#include "race.h"

#include <string.h>

#include "fibers.h"
#include "tls.h"
#include "trace.h"

#define CELLS 512 /* a power of two */

static struct race_cell cells[CELLS];
static uint16_t used[CELLS];
static uint32_t used_count;

static const char *const names[] = {"plain read", "plain write", "atomic read", "atomic write"};

/* The kinds that each kind conflicts with. */
static const uint32_t conflicts[] = {
    [RACE_READ] = 1U << RACE_WRITE | 1U << RACE_ATOMIC_WRITE,
    [RACE_WRITE] = 1U << RACE_READ | 1U << RACE_WRITE | 1U << RACE_ATOMIC_READ | 1U << RACE_ATOMIC_WRITE,
    [RACE_ATOMIC_READ] = 1U << RACE_WRITE,
    [RACE_ATOMIC_WRITE] = 1U << RACE_READ | 1U << RACE_WRITE,
};

void race_reset(void)
{
	while (used_count > 0)
		memset(&cells[used[--used_count]], 0, sizeof(cells[0]));
}

struct race_cell *race_cell(uintptr_t address)
{
	uint32_t i = (uint32_t)(address * UINT32_C(0x9e3779b1)) >> 23;
	while (cells[i].address != 0 && cells[i].address != address)
		i = (i + 1) % CELLS;
	if (cells[i].address == 0) {
		if (used_count == CELLS / 2)
			fibers_fail("more than %d places: raise CELLS", CELLS / 2);
		used[used_count++] = (uint16_t)i;
		cells[i].address = address;
	}
	return &cells[i];
}

static _Noreturn void report(struct race_cell *c, enum race_kind kind, const void *site, enum race_kind other, int thread)
{
	char place[64], here[128], there[128];
	trace_place(place, sizeof(place), (const void *)c->address);
	trace_site(here, sizeof(here), site);
	trace_site(there, sizeof(there), c->site[other][thread]);
	fibers_fail("data race on %s: %s by thread %d at %s, after a %s by thread %d at %s", place, names[kind], fibers_self->id, here,
		    names[other], thread, there);
}

static bool before(const struct thread *t, int thread, int16_t when)
{
	return when <= t->now.when[thread] || (t->dependent && when <= t->acquired.when[thread]);
}

/* Plain accesses: `when` is one ahead of the last visible step, so that what comes after a release
 * is not covered by it. */
static void check(struct race_cell *c, enum race_kind kind, const void *site, int16_t when)
{
	struct thread *t = fibers_self;
	for (uint32_t mask = c->kinds & conflicts[kind]; mask != 0; mask &= mask - 1) {
		enum race_kind other = (enum race_kind)__builtin_ctz(mask);
		for (int i = 0; i < CLOCK_THREADS; i++)
			if (i != t->id && !before(t, i, c->when[other][i]))
				report(c, kind, site, other, i);
	}
	c->kinds |= 1U << kind;
	c->when[kind][t->id] = when;
	c->site[kind][t->id] = site;
}

void race_atomic(struct race_cell *cell, enum race_kind kind, const void *site)
{
	check(cell, kind, site, fibers_self->now.when[fibers_self->id]);
}

void race_plain(const volatile void *p, unsigned size, bool write, const void *site)
{
	if (fibers_self == NULL || tls_has(p) || fibers_on_stack(p))
		return;
	uintptr_t address = (uintptr_t)p;
	int16_t when = (int16_t)(fibers_self->now.when[fibers_self->id] + 1);
	unsigned step = size < 4 ? 1 : 4;
	for (unsigned i = 0; i < size; i += step)
		check(race_cell(address + i), write ? RACE_WRITE : RACE_READ, site, when);
	if (write)
		fibers_changed();
}
