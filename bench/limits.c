/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself costs: rows of their own beside the strategies. */
#include "clock.h"
#include "loops.h"

static void timer(struct loops_thread *t, uint64_t pairs)
{
	(void)t;
	for (; pairs > 0; pairs--) {
		uint64_t begin = clock_begin();
		uint64_t ticks = clock_end() - begin;
		__asm__ __volatile__("" : : "r"(ticks));
	}
}

static void rmw(struct loops_thread *t, uint64_t pairs)
{
	for (; pairs > 0; pairs--)
		/* relaxed: the cost of the instruction; on x86-64 all orders are one instruction. */
		atomic_fetch_add_explicit(t->shared, 1, memory_order_relaxed);
}

const struct loops_limit loops_limits[] = {
    {"timer", "two reads of the clock with nothing between", timer, false},
    {"rmw", "one atomic add to a word that no other thread uses", rmw, false},
    {"rmw_shared", "one atomic add to a word that all threads add to", rmw, true},
    {NULL, NULL, NULL, false},
};
