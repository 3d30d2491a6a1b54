/* SPDX-License-Identifier: BSD-3-Clause */
/* Atomic locations with their newest stores. Memory holds the value of the newest store. */
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

/* The location of that address. A new one has the value in memory as its first store. If a plain
 * store has changed memory, it is appended; race.c judges it. */
struct location *locations_find(uintptr_t address, unsigned size);

/* Reads and writes memory itself. */
uint64_t locations_peek(const volatile void *p, unsigned size);
void locations_poke(volatile void *p, unsigned size, uint64_t value);

static inline struct store *locations_nth(struct location *l, int n)
{
	return &l->stores[n % MEMORY_STORES];
}

#endif
