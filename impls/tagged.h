/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A word that holds the address of an m and a tag, for stacks whose heads are exchanged. treiber.c
 * says why the tag is enough against ABA.
 *
 *   bits 63..22   address of an m, bits 47..6 of it; 0: none
 *   bits 21..0    tag
 */
#ifndef EXTRAM_TAGGED_H
#define EXTRAM_TAGGED_H

#include "extram.h"

#define TAGGED_BITS 22
#define TAGGED_MASK ((UINT64_C(1) << TAGGED_BITS) - 1)
#define TAGGED_ADDRESS 48
#define TAGGED_SHIFT (TAGGED_BITS - 6) /* an m's address has six zero bits at its end */

_Static_assert(TAGGED_ADDRESS - 6 + TAGGED_BITS == 64, "address and tag fill the word");
_Static_assert(EXTRAM_ALIGN == 64, "six zero bits");

static inline struct m *tagged_m(uint64_t word)
{
	return (struct m *)(uintptr_t)((word & ~TAGGED_MASK) >> TAGGED_SHIFT);
}

/* Takes the tag's low bits. */
static inline uint64_t tagged_pack(struct m *mp, uint64_t tag)
{
	return ((uint64_t)(uintptr_t)mp << TAGGED_SHIFT) | (tag & TAGGED_MASK);
}

/* For length: top and the ms below it, where the depth of a parked m is how many are below. top is
 * NULL or the m of a head that the caller acquired. */
static inline uint32_t tagged_count(struct m *top)
{
	/* relaxed: what published the head published the depth. ms are not freed, so it is safe to
	 * read the depth of one that is gone. */
	return top == NULL ? 0 : atomic_load_explicit(&top->depth, memory_order_relaxed) + 1;
}

/* extram.h's admit. */
static inline bool tagged_admit(struct extram_list *list, struct m *mp, const char **why)
{
	(void)list;
	*why = "the address of an m does not fit: 48 bits of it, a multiple of 64, stand beside a tag";
	return mp != NULL && tagged_m(tagged_pack(mp, 0)) == mp;
}

#endif
