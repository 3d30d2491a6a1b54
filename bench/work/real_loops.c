/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops for a real runtime's callbacks. As in loops.c, but get and put are one call, and the
 * hold is a call from the callback back into C.
 */
#include "clock.h"
#include "real.h"
#include "spin.h"

struct real_library real_library;

#define INLINE static inline __attribute__((always_inline))

static void inside(void *arg)
{
	struct loops_thread *t = arg;
	spin_random(&t->random, t->hold);
}

/* Clock reads around the hold. */
struct held {
	struct loops_thread *t;
	uint64_t begin, end;
};

static void inside_timed(void *arg)
{
	struct held *h = arg;
	h->begin = clock_end();
	inside(h->t);
	h->end = clock_begin();
}

INLINE void think(struct loops_thread *t, int kind)
{
	if ((kind & LOOPS_SPIN) != 0)
		spin_random(&t->random, t->think);
}

INLINE void pair(struct loops_thread *t, int kind)
{
	if ((kind & LOOPS_SPIN) != 0)
		real_library.call(inside, t);
	else
		real_library.callback();
	think(t, kind);
}

INLINE void timed_pair(struct loops_thread *t, int kind)
{
	struct held held = {.t = t};
	uint64_t begin = clock_begin();
	if ((kind & LOOPS_SPIN) != 0)
		real_library.call(inside_timed, &held);
	else
		real_library.callback();
	uint64_t ticks = clock_end() - begin;
	histogram_record(t->histogram, ticks - (held.end - held.begin));
	t->countdown = 1 + (uint32_t)spin_below(&t->random, 2 * LOOPS_TIMED_ONE_IN - 1);
	think(t, kind);
}

INLINE void run(struct loops_thread *t, uint64_t pairs, int kind)
{
	for (; pairs > 0; pairs--)
		if ((kind & LOOPS_TIMED) != 0 && --t->countdown == 0)
			timed_pair(t, kind);
		else
			pair(t, kind);
}

/* Unused if the build found no Go. */
#define LOOP(name, kind)                                                                                                                   \
	static __attribute__((noinline, unused)) void name(struct loops_thread *t, uint64_t pairs)                                         \
	{                                                                                                                                  \
		run(t, pairs, kind);                                                                                                       \
	}

LOOP(real_plain, 0)
LOOP(real_spin, LOOPS_SPIN)
LOOP(real_timed, LOOPS_TIMED)
LOOP(real_spin_timed, LOOPS_SPIN | LOOPS_TIMED)

#define EXTRAM_REAL(title, full, wait, what)                                                                                               \
	{.loops = {.strategy = &(const struct extram_strategy){.name = (title), .summary = (what), .waiting = (wait)},                     \
		   .run = {[LOOPS_CALLBACK] = real_plain,                                                                                  \
			   [LOOPS_CALLBACK | LOOPS_SPIN] = real_spin,                                                                      \
			   [LOOPS_CALLBACK | LOOPS_TIMED] = real_timed,                                                                    \
			   [LOOPS_CALLBACK | LOOPS_SPIN | LOOPS_TIMED] = real_spin_timed}},                                                \
	 .version = (full)},
const struct real real_all[] = {
#include "real.inc"
    {.version = NULL},
};
