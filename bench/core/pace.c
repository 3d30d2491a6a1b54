/* SPDX-License-Identifier: BSD-3-Clause */
#include "pace.h"

#include <stdatomic.h>

#include "clock.h"

#define ROUNDS 400

static _Atomic uint64_t fastest = UINT64_MAX; /* ticks */

/* One taken branch a round: the core's limit. Another thread on the core needs some of them. */
static void rounds(uint64_t left)
{
	for (; left > 0; left--)
		__asm__ __volatile__("" : "+r"(left));
}

bool pace_judge(uint64_t ticks)
{
	/* relaxed: a number, no data goes with it. */
	uint64_t least = atomic_load_explicit(&fastest, memory_order_relaxed);
	/* relaxed: as above. A failure loads it anew. */
	while (ticks < least && !atomic_compare_exchange_weak_explicit(&fastest, &least, ticks, memory_order_relaxed, memory_order_relaxed))
		;
	if (ticks < least)
		least = ticks;
	/* A tick of a slow clock is a large part of a probe. */
	return (double)ticks <= PACE_SHARED * (double)least + clock_facts.step_ns / clock_facts.ns_per_tick;
}

bool pace_alone(void)
{
	uint64_t begin = clock_begin();
	rounds(ROUNDS);
	return pace_judge(clock_end() - begin);
}
