/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small numbers for ms, and a table by number that grows without moving. For strategies whose
 * shared words hold numbers instead of pointers.
 *
 *   next     the number that the next m gets. It starts at 1, so 0 can mean none. A number whose
 *            slot could not be allocated is lost, and does no other harm
 *   block    block b has slots 64 * (2^b - 1) to 64 * (2^(b+1) - 1) - 1; NULL: none is needed yet
 *
 * Finding a slot takes one count of leading zeros and two loads. Only admit makes blocks; fini
 * frees them.
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
	_Alignas(EXTRAM_APART) _Atomic uint64_t next; /* 64 bits: refusals count too, and it must not wrap to 0 */
	numbers_slot *_Atomic block[NUMBERS_BLOCKS];  /* not written in the steady state */
};

/* Runs alone, like extram.h's init and fini. */
static inline void numbers_init(struct numbers *t)
{
	atomic_init(&t->next, 1);
	for (int b = 0; b < NUMBERS_BLOCKS; b++)
		atomic_init(&t->block[b], NULL);
}

static inline void numbers_fini(struct numbers *t)
{
	for (int b = 0; b < NUMBERS_BLOCKS; b++)
		/* relaxed: no other thread runs. */
		free((void *)atomic_load_explicit(&t->block[b], memory_order_relaxed));
}

static inline int numbers_block(uint32_t number)
{
	return __builtin_clzll(NUMBERS_FIRST) - __builtin_clzll((uint64_t)number + NUMBERS_FIRST);
}

/* The slot of a number; NULL if it has none yet. Any thread may call it; never blocks. The user of
 * a slot must publish what it stores there. */
static inline numbers_slot *numbers_at(struct numbers *t, uint32_t number)
{
	int b = numbers_block(number);
	/* acquire: pairs with the release in numbers_room. The slots of a new block then read as
	 * NULL. */
	numbers_slot *block = atomic_load_explicit(&t->block[b], memory_order_acquire);
	return block == NULL ? NULL : &block[number + NUMBERS_FIRST - ((uint64_t)NUMBERS_FIRST << b)];
}

/* The slot of a number, made empty if there is none. NULL: no memory. Any thread may call it;
 * allocates. */
static inline numbers_slot *numbers_room(struct numbers *t, uint32_t number)
{
	numbers_slot *slot = numbers_at(t, number);
	if (slot != NULL)
		return slot;
	int b = numbers_block(number);
	numbers_slot *none = NULL, *block = calloc((size_t)NUMBERS_FIRST << b, sizeof(*block));
	if (block == NULL)
		return NULL;
	/* release: pairs with the acquire in numbers_at. relaxed on failure: numbers_at looks
	 * again. */
	if (!atomic_compare_exchange_strong_explicit(&t->block[b], &none, block, memory_order_release, memory_order_relaxed))
		free((void *)block); /* another admit was first */
	return numbers_at(t, number);
}

/*
 * Gives an m a number and stores it in depth. False if the numbers are used up or mp is not the
 * address of an m; *why is the reason, and *mp is not written. Any thread may call it; never
 * blocks.
 */
static inline bool numbers_give(struct numbers *t, struct m *mp, const char **why)
{
	if (mp == NULL || (uintptr_t)mp % EXTRAM_ALIGN != 0 || (uintptr_t)mp >> 48 != 0) {
		*why = "no address of an m: it would be a multiple of 64 below 2^48";
		return false;
	}
	/* relaxed: each call gets a different number. Nothing more is needed. */
	uint64_t number = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
	if (number > UINT32_MAX) {
		*why = "2^32 - 1 ms have numbers, and there are no more";
		return false;
	}
	/* relaxed: the put that publishes the m publishes its number. */
	atomic_store_explicit(&mp->depth, (uint32_t)number, memory_order_relaxed);
	return true;
}

/* One above the highest number so far. The number of an m whose put happens before the call is
 * below it. */
static inline uint64_t numbers_end(struct numbers *t)
{
	/* relaxed: coherence is enough for the guarantee above. */
	uint64_t end = atomic_load_explicit(&t->next, memory_order_relaxed);
	return end <= UINT64_C(1) << 32 ? end : UINT64_C(1) << 32;
}

#endif
