/* SPDX-License-Identifier: BSD-3-Clause */
/* Atomic locations with their newest stores. The newest store's value is what stands in memory. */
#ifndef LOCATIONS_H
#define LOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "memory.h"

struct race_cell;

struct store {
	uint64_t value;
	bool releases; /* message has something in it */
	struct clock message;
};

struct location {
	uintptr_t address;
	struct race_cell *cell;
	int index;                          /* in clock.seen */
	int count;                          /* stores so far */
	struct store stores[MEMORY_STORES]; /* the newest ones, by number modulo MEMORY_STORES */
};

void locations_reset(void);

/* The location, a new one with what stands in memory; with a store appended if a plain one has changed it, which race.c judges. */
struct location *locations_find(uintptr_t address, unsigned size);

/* What stands in memory, and to change it. */
uint64_t locations_peek(const volatile void *p, unsigned size);
void locations_poke(volatile void *p, unsigned size, uint64_t value);

static inline struct store *locations_nth(struct location *l, int n)
{
	return &l->stores[n % MEMORY_STORES];
}

#endif
