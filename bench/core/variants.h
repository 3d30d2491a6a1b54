/* SPDX-License-Identifier: BSD-3-Clause */
/* The variants that strategies choose on this machine. Found by making a list of each. */
#ifndef BENCH_VARIANTS_H
#define BENCH_VARIANTS_H

#include <stdbool.h>

#include "extram.h"

/*
 * The variant that a list of the strategy chooses; "" if no list can be made here. May allocate.
 * Not thread-safe. The text is valid as long as the strategy.
 */
const char *variants_of(const struct extram_strategy *strategy);

/* Reports whether a variant is not the strategy's best. */
bool variants_is_fallback(const struct extram_strategy *strategy, const char *variant);

#endif
