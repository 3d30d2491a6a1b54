/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the contract about limits: of addresses that fit, and of tables of ms. */
#include <stdlib.h>

#include "contract.h"
#include "harness.h"

#define MANY 70 /* more than two words of 32 bits, and not a multiple */

static void check_refused(struct fixture *f, uintptr_t odd)
{
	const char *why = NULL;
	check(!f->s->admit(f->list, (struct m *)odd, &why), "%#lx is admitted, and %u bits are kept", (unsigned long)odd,
	      f->s->address_bits);
	check(why != NULL && why[0] != '\0', "a refusal without a reason");
}

/* For a strategy that packs addresses: NULL, one not aligned, and one with a bit too high. */
void contract_refuses(void **state)
{
	const struct extram_strategy *s = *state;
	if (s->address_bits == 0)
		return;
	crew_watch("addresses that do not fit");
	struct fixture f = fixture_make(s, 1);
	check_refused(&f, 0);
	for (unsigned bit = 0; UINT64_C(1) << bit < EXTRAM_ALIGN; bit++)
		check_refused(&f, (uintptr_t)&f.ms[0] | UINT64_C(1) << bit);
	for (unsigned bit = s->address_bits; bit < 64; bit++)
		check_refused(&f, (uintptr_t)&f.ms[0] | UINT64_C(1) << bit);
	fixture_free(&f);
}

static uint32_t get_one(struct fixture *f, struct worker *w, uint32_t left)
{
	bool last = left > 0; /* the wrong answer, in case get sets none */
	bool exact = f->s->properties & (EXTRAM_LAST_EXACT | EXTRAM_LAST_ALONE);
	struct payload_m *p = fixture_get(f, w, true, &last);
	check(p != NULL, "no m, with %u parked", left + 1);
	check(!last || left == 0 || !exact, "last is true with %u ms on the list", left);
	check(last || left > 0 || !exact, "last is false, and the list is empty");
	return p->id;
}

/* Wherever in its tables a strategy has the two, it gives both, and knows that the first is not the
 * last. */
void contract_any_two(void **state)
{
	struct worker *w = crew_watch("any two of many ms");
	struct fixture f = fixture_make(*state, MANY);
	fixture_fill(&f, w);
	fixture_drain(&f, w, MANY);
	for (uint32_t i = 0; i < MANY; i++)
		for (uint32_t j = 0; j < MANY; j++) {
			if (i == j)
				continue;
			fixture_put(&f, w, &f.ms[i]);
			fixture_put(&f, w, &f.ms[j]);
			uint32_t first = get_one(&f, w, 1), second = get_one(&f, w, 0);
			check(first != second && first + second == i + j, "ms %u and %u for %u and %u", first, second, i, j);
		}
	fixture_free(&f);
}
