/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data races: two accesses of one place, of which one is a write and not both are atomic, and neither
 * happens before the other. Vector clocks find them in a run that has both, in either order.
 *
 * Places are aligned words of four bytes, or single bytes for smaller accesses. Accesses of different
 * width that share no first byte are not compared.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

enum race_kind { RACE_READ, RACE_WRITE, RACE_ATOMIC_READ, RACE_ATOMIC_WRITE, RACE_KINDS };

struct race_cell {
	uintptr_t address;
	uint32_t kinds;                          /* mask of those that have happened */
	int16_t when[RACE_KINDS][CLOCK_THREADS]; /* the last one of each kind and thread; 0: none */
	const void *site[RACE_KINDS][CLOCK_THREADS];
};

void race_reset(void);

/* The record of a place. It does not move until race_reset. */
struct race_cell *race_cell(uintptr_t address);

/* An access of the running thread. Fails the run if it races. */
void race_plain(const volatile void *p, unsigned size, bool write, const void *site);
void race_atomic(struct race_cell *cell, enum race_kind kind, const void *site);

#endif
