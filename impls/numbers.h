/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small numbers for ms, and a table by number that grows without moving: for strategies that keep no pointers in the words that threads
 * exchange.
 *
 *   next     the number of the m that comes next; from 1, so 0 may mean none. One that found no memory for its slot is lost, no more
 *   block    block b has slots 64 * (2^b - 1) to 64 * (2^(b+1) - 1) - 1; NULL: none of them is needed yet
 *
 * A slot is found by one count of leading zeros and two loads. Blocks are made by admit alone, and freed by fini.
 */
#ifndef EXTRAM_NUMBERS_H
#define EXTRAM_NUMBERS_H

#include <stdlib.h>

#include "extram.h"

#define NUMBERS_FIRST 64 /* slots of block 0; a power of two */
#define NUMBERS_BLOCKS 27
_Static_assert((UINT64_C(1) << 32) + NUMBERS_FIRST <= (uint64_t)NUMBERS_FIRST << NUMBERS_BLOCKS, "a slot for each 32-bit number");

typedef void *_Atomic numbers_slot;

struct numbers {
	_Alignas(EXTRAM_APART) _Atomic uint64_t next; /* 64 bits: refusals count too, and must not come round to 0 */
	numbers_slot *_Atomic block[NUMBERS_BLOCKS];  /* in the steady state nobody writes these lines */
};

/* Alone, as extram.h's init and fini. */
static inline void numbers_init(struct numbers *t)
{
	atomic_init(&t->next, 1);
	for (int b = 0; b < NUMBERS_BLOCKS; b++)
		atomic_init(&t->block[b], NULL);
}

static inline void numbers_fini(struct numbers *t)
{
	for (int b = 0; b < NUMBERS_BLOCKS; b++)
		/* relaxed: alone. */
		free((void *)atomic_load_explicit(&t->block[b], memory_order_relaxed));
}

static inline int numbers_block(uint32_t number)
{
	return __builtin_clzll(NUMBERS_FIRST) - __builtin_clzll((uint64_t)number + NUMBERS_FIRST);
}

/* The slot of a number, NULL if it has none yet. Any thread, never blocks. What the slot's user put in it he must publish himself. */
static inline numbers_slot *numbers_at(struct numbers *t, uint32_t number)
{
	int b = numbers_block(number);
	/* acquire: pairs with the release in numbers_room, for the NULLs of a block that is new. */
	numbers_slot *block = atomic_load_explicit(&t->block[b], memory_order_acquire);
	return block == NULL ? NULL : &block[number + NUMBERS_FIRST - ((uint64_t)NUMBERS_FIRST << b)];
}

/* The same, and makes it, empty. NULL: no memory. Any thread; allocates. */
static inline numbers_slot *numbers_room(struct numbers *t, uint32_t number)
{
	numbers_slot *slot = numbers_at(t, number);
	if (slot != NULL)
		return slot;
	int b = numbers_block(number);
	numbers_slot *none = NULL, *block = calloc((size_t)NUMBERS_FIRST << b, sizeof(*block));
	if (block == NULL)
		return NULL;
	/* release: pairs with the acquire in numbers_at. relaxed on failure: numbers_at looks again. */
	if (!atomic_compare_exchange_strong_explicit(&t->block[b], &none, block, memory_order_release, memory_order_relaxed))
		free((void *)block); /* another admit was first */
	return numbers_at(t, number);
}

/*
 * Gives an m a number, which stays in its depth. False, and the reason in *why: no more numbers, or no address of an m, which is not
 * written to. Any thread, never blocks.
 */
static inline bool numbers_give(struct numbers *t, struct m *mp, const char **why)
{
	if (mp == NULL || (uintptr_t)mp % EXTRAM_ALIGN != 0 || (uintptr_t)mp >> 48 != 0) {
		*why = "no address of an m: it would be a multiple of 64 below 2^48";
		return false;
	}
	/* relaxed: each gets another number, which is all that is asked of it. */
	uint64_t number = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
	if (number > UINT32_MAX) {
		*why = "2^32 - 1 ms have numbers, and there are no more";
		return false;
	}
	/* relaxed: the put that publishes the m publishes it. */
	atomic_store_explicit(&mp->depth, (uint32_t)number, memory_order_relaxed);
	return true;
}

/* One above the highest number so far. Those of ms whose put happens before the call are below it. */
static inline uint64_t numbers_end(struct numbers *t)
{
	/* relaxed: coherence alone; see above. */
	uint64_t end = atomic_load_explicit(&t->next, memory_order_relaxed);
	return end <= UINT64_C(1) << 32 ? end : UINT64_C(1) << 32;
}

#endif
