/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Atomic memory as C11 has it: each location keeps its stores, and a load may return an old one.
 * Memory itself holds the value of the newest store. memory.c is the driver of sim.h for accesses;
 * places.c keeps what is known of each address, and finds data races.
 *
 * What is modelled
 *   - Coherence, and happens-before through it: a load never looks behind the newest store that
 *     happens before it, nor behind one that it, or anything that happens before it, has read or
 *     written. (Views: struct clock.)
 *   - release and acquire, on stores, loads, read-modify-writes and fences, and the release
 *     sequence.
 *   - Read-modify-writes read the newest store. A compare-exchange that fails is a load of any
 *     store that it may see, other than of the expected value.
 *   - seq_cst: the total order is the order in which the explorer runs the operations. A seq_cst
 *     load does not look behind the newest seq_cst store of its location, nor behind what a seq_cst
 *     load of it has read; seq_cst fences hand on what their threads may not look behind. That is
 *     the order of C++20, which is stronger than C11's in one point (coherence counts between
 *     seq_cst loads).
 *
 * Where it differs from C11
 *   - The modification order of a location is the order in which its stores are run, but for stores
 *     that slip in before older ones that do not happen before them, and that their threads have
 *     not read. Nobody reads a store that has slipped in.
 *   - A load returns a store that has been run: no load is served from the future (load buffering).
 *   - A release sequence goes on through read-modify-writes alone, as in C++20; C11 adds the later
 *     stores of the same thread. So what relies on those is reported.
 *   - consume is acquire. The last MEMORY_STORES stores of a location can be read, older ones not.
 *   - An atomic location is known by its address; accesses of another size at the same address see
 *     the same location.
 *
 * Data races: two accesses of one place, of which one is a write and not both are atomic, and
 * neither happens before the other. Vector clocks find them in a run that has both, in either
 * order.
 *
 * Places are aligned words of four bytes, or single bytes for smaller accesses. Accesses of
 * different width that share no first byte are not compared.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "schedule.h"

#define MEMORY_STORES 16

enum race_kind { RACE_READ, RACE_WRITE, RACE_ATOMIC_READ, RACE_ATOMIC_WRITE, RACE_KINDS };

struct race_cell {
	uintptr_t address;
	uint32_t kinds;                          /* mask of those that have happened */
	int16_t when[RACE_KINDS][CLOCK_THREADS]; /* the last one of each kind and thread; 0: none */
	const void *site[RACE_KINDS][CLOCK_THREADS];
};

struct store {
	uint64_t value;
	bool releases; /* message has something in it */
	bool fixed;    /* no store slips in before it: it read the one before, or is plain */
	struct clock message;
};

struct location {
	uintptr_t address;
	struct race_cell *cell;
	int index;                          /* in clock.seen */
	int count;                          /* stores so far */
	struct store stores[MEMORY_STORES]; /* the newest ones, by number modulo MEMORY_STORES */
};

/* Forgets all places. The value in memory is then the first store of each location, and happens
 * before everything. */
void memory_reset(void);
void places_reset(void);

/*
 * membarrier: the caller makes a full fence, then these threads (a mask of numbers), then the
 * caller again.
 */
void memory_barrier(uint32_t mask);

/* The location of that address. A new one has the value in memory as its first store. If a plain
 * store has changed memory, it is appended; race_atomic judges it. */
struct location *locations_find(uintptr_t address, unsigned size);

/*
 * The oldest store that one may slip in before, if it must come after the store `after`; -1: none.
 * A store that slips in before another one is never read.
 */
int locations_slip(struct location *l, int after);

static inline struct store *locations_nth(struct location *l, int n)
{
	return &l->stores[n % MEMORY_STORES];
}

/* An atomic access of the running thread. Fails the run if it races. */
void race_atomic(struct race_cell *cell, enum race_kind kind, const void *site);

#endif
