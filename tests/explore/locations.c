/* SPDX-License-Identifier: BSD-3-Clause */
#include "locations.h"

#include <string.h>

#include "fibers.h"
#include "race.h"

#define SLOTS 256

static struct location locations[CLOCK_LOCATIONS];
static int location_count;
static uint8_t slots[SLOTS]; /* 1 + index of a location, by address */

void locations_reset(void)
{
	location_count = 0;
	memset(slots, 0, sizeof(slots));
}

uint64_t locations_peek(const volatile void *p, unsigned size)
{
	uint64_t value = 0;
	memcpy(&value, (const void *)p, size);
	return value;
}

void locations_poke(volatile void *p, unsigned size, uint64_t value)
{
	memcpy((void *)p, &value, size);
}

static struct location *add(uintptr_t address, unsigned size)
{
	if (location_count == CLOCK_LOCATIONS)
		fibers_fail("more than %d atomic locations: raise CLOCK_LOCATIONS", CLOCK_LOCATIONS);
	struct location *l = &locations[location_count];
	l->address = address;
	l->cell = race_cell(address);
	l->index = location_count++;
	l->count = 1;
	l->stores[0].value = locations_peek((const volatile void *)address, size);
	l->stores[0].releases = false;
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
	uint64_t value = locations_peek((const volatile void *)address, size);
	if (locations_nth(l, l->count - 1)->value != value) {
		struct store *s = locations_nth(l, l->count++);
		s->value = value;
		s->releases = false;
	}
	return l;
}
