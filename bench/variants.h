/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies choose on this machine. Only a list can tell, so one is made and ended. */
#ifndef BENCH_VARIANTS_H
#define BENCH_VARIANTS_H

#include <stdbool.h>

#include "extram.h"

/* The variant of a list of that strategy, "" if no list can be made here. Alone. May allocate. The text lives as long as the strategy. */
const char *variants_of(const struct extram_strategy *strategy);

/* Is it another variant than the strategy's best? */
bool variants_is_fallback(const struct extram_strategy *strategy, const char *variant);

#endif
