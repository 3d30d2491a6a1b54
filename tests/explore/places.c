/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known of each address: its newest stores, if it is atomic, and its last accesses. */
#include <string.h>

#include "memory.h"
#include "record.h"

#define SLOTS 256

static struct location locations[CLOCK_LOCATIONS];
static int location_count;
static uint8_t slots[SLOTS]; /* 1 + index of a location, by address */

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

void places_reset(void)
{
	location_count = 0;
	memset(slots, 0, sizeof(slots));
	while (used_count > 0)
		memset(&cells[used[--used_count]], 0, sizeof(cells[0]));
}

static struct race_cell *find_cell(uintptr_t address)
{
	uint32_t i = (uint32_t)(address * UINT32_C(0x9e3779b1)) >> 23;
	while (cells[i].address != 0 && cells[i].address != address)
		i = (i + 1) % CELLS;
	if (cells[i].address == 0) {
		if (used_count == CELLS / 2)
			sim_fail("more than %d places: raise CELLS", CELLS / 2);
		used[used_count++] = (uint16_t)i;
		cells[i].address = address;
	}
	return &cells[i];
}

static struct location *add(uintptr_t address, unsigned size)
{
	if (location_count == CLOCK_LOCATIONS)
		sim_fail("more than %d atomic locations: raise CLOCK_LOCATIONS", CLOCK_LOCATIONS);
	struct location *l = &locations[location_count];
	l->address = address;
	l->cell = find_cell(address);
	l->index = location_count++;
	l->count = 1;
	l->stores[0].value = sim_peek((const volatile void *)address, size);
	l->stores[0].releases = false;
	l->stores[0].fixed = true;
	return l;
}

struct location *locations_find(uintptr_t address, unsigned size)
{
	uint32_t i = (uint32_t)((address >> 2) * UINT32_C(0x9e3779b1)) >> 24;
	struct location *l = NULL;
	for (; slots[i] != 0 && l == NULL; i = (i + 1) % SLOTS)
		if (locations[slots[i] - 1].address == address)
			l = &locations[slots[i] - 1];
	if (l == NULL) {
		l = add(address, size);
		slots[i] = (uint8_t)location_count;
	}
	uint64_t value = sim_peek((const volatile void *)address, size);
	if (locations_nth(l, l->count - 1)->value != value) {
		struct store *s = locations_nth(l, l->count++);
		s->value = value;
		s->releases = false;
		s->fixed = true;
	}
	return l;
}

int locations_slip(struct location *l, int after)
{
	int first = after + 1 > l->count - MEMORY_STORES ? after + 1 : l->count - MEMORY_STORES;
	for (int n = first; n < l->count; n++)
		if (!locations_nth(l, n)->fixed)
			return n;
	return -1;
}

/* Both accesses are in the record. */
static _Noreturn void report(struct race_cell *c, enum race_kind kind, enum race_kind other, int thread)
{
	char place[64], here[128], there[128];
	int self = sim_self->id;
	trace_place(place, sizeof(place), (const void *)c->address);
	trace_site(here, sizeof(here), c->site[kind][self]);
	trace_site(there, sizeof(there), c->site[other][thread]);
	sim_fail("data race on %s: %s by thread %d at %s, after a %s by thread %d at %s", place, names[kind], self, here, names[other],
		 thread, there);
}

static bool before(const struct thread *t, int thread, int16_t when)
{
	return when <= t->now.when[thread] || (t->dependent && when <= t->acquired.when[thread]);
}

/* Plain accesses: `when` is one ahead of the last visible step, so that what comes after a release
 * is not covered by it. */
static void check(struct race_cell *c, enum race_kind kind, const void *site, int16_t when)
{
	struct thread *t = schedule_self();
	c->site[kind][t->id] = site;
	for (uint32_t mask = c->kinds & conflicts[kind]; mask != 0; mask &= mask - 1) {
		enum race_kind other = (enum race_kind)__builtin_ctz(mask);
		for (int i = 0; i < CLOCK_THREADS; i++)
			if (i != t->id && !before(t, i, c->when[other][i]))
				report(c, kind, other, i);
	}
	c->kinds |= 1U << kind;
	c->when[kind][t->id] = when;
}

void race_atomic(struct race_cell *cell, enum race_kind kind, const void *site)
{
	check(cell, kind, site, schedule_self()->now.when[sim_self->id]);
}

void driver_plain(const volatile void *p, unsigned size, bool write, const void *site)
{
	uintptr_t address = (uintptr_t)p;
	int16_t when = (int16_t)(schedule_self()->now.when[sim_self->id] + 1);
	unsigned step = size < 4 ? 1 : 4;
	for (unsigned i = 0; i < size; i += step)
		check(find_cell(address + i), write ? RACE_WRITE : RACE_READ, site, when);
	if (write)
		schedule_changed();
}
