/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compiled once for each strategy. STRATEGY_FILE includes the strategy's source in this translation
 * unit, so the table below is a constant and the loops call get and put directly.
 * tests/bench/direct_calls.py checks the machine code.
 */
#include STRATEGY_FILE

#include "clock.h"
#include "loops.h"
#include "spin.h"

#ifndef BY_DEFAULT
#define BY_DEFAULT false
#endif
#ifndef PEER
#define PEER false
#endif

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define THIS PASTE(extram_, STRATEGY)
#define NAMED(prefix) PASTE(prefix, STRATEGY)
#define PLANT_UNIT ((uint64_t)8 * LOOPS_PLANT_ROUND)
#define INLINE static inline __attribute__((always_inline))

/*
 * As in a callback, the compiler must not know what happens to the m. Otherwise it may remove a put
 * and the next get.
 */
#define FORGET(mp) __asm__ __volatile__("" : "+r"(mp))

INLINE void *take_one(struct needm_runtime *rt, int kind)
{
	bool last;
	if ((kind & LOOPS_CALLBACK) == 0)
		return THIS.get(rt->list, false, &last);
	struct needm_m *mp = needm_enter(rt, &THIS);
	needm_refill(rt, mp);
	return mp;
}

INLINE void give_one(struct needm_runtime *rt, void *mp, int kind)
{
	if ((kind & LOOPS_CALLBACK) == 0)
		THIS.put(rt->list, mp);
	else
		needm_leave(rt, &THIS);
}

INLINE void hold_or_think(struct loops_thread *t, uint32_t mean, int kind)
{
	if ((kind & LOOPS_SPIN) != 0)
		spin_random(&t->random, mean);
}

/*
 * Adds work to every pair, to test whether a comparison detects it. Work below PLANT_UNIT
 * accumulates first: single rounds would overlap with the atomics around them and cost nothing.
 */
INLINE void plant(struct loops_thread *t, int kind)
{
	if ((kind & LOOPS_PLANT) == 0)
		return;
	t->owed += t->plant;
	if (t->owed < PLANT_UNIT)
		return;
	spin_rounds(t->owed / LOOPS_PLANT_ROUND);
	t->owed %= LOOPS_PLANT_ROUND;
}

INLINE void pair(struct loops_thread *t, int kind)
{
	void *mp = take_one(t->rt, kind);
	FORGET(mp);
	plant(t, kind);
	hold_or_think(t, t->hold, kind);
	give_one(t->rt, mp, kind);
	hold_or_think(t, t->think, kind);
}

/* Times get and put, but not the hold between them. */
INLINE void timed_pair(struct loops_thread *t, int kind)
{
	uint64_t begin = clock_begin();
	void *mp = take_one(t->rt, kind);
	FORGET(mp);
	uint64_t ticks = 0;
	if ((kind & LOOPS_SPIN) != 0) {
		ticks = clock_end() - begin;
		hold_or_think(t, t->hold, kind);
		begin = clock_begin();
	}
	give_one(t->rt, mp, kind);
	ticks += clock_end() - begin;
	histogram_record(t->histogram, ticks);
	t->countdown = 1 + (uint32_t)spin_below(&t->random, 2 * LOOPS_TIMED_ONE_IN - 1);
	hold_or_think(t, t->think, kind);
}

INLINE void run(struct loops_thread *t, uint64_t pairs, int kind)
{
	for (; pairs > 0; pairs--)
		if ((kind & LOOPS_TIMED) != 0 && --t->countdown == 0)
			timed_pair(t, kind);
		else
			pair(t, kind);
}

/*
 * Takes several ms, then gives them back in the same order. The list returns the last one first, so
 * all of them go round, and each is as long ago as the others.
 */
INLINE void go_round(struct loops_thread *t, uint64_t pairs)
{
	struct loops_round *round = t->context;
	for (uint64_t n; pairs > 0; pairs -= n) {
		n = pairs < round->at_once ? pairs : round->at_once;
		for (uint64_t i = 0; i < n; i++)
			round->taken[i] = take_one(t->rt, 0);
		for (uint64_t i = 0; i < n; i++)
			give_one(t->rt, round->taken[i], 0);
	}
}

/* Distinct names for perf report and disassembly. */
#define LOOP(prefix, kind)                                                                                                                 \
	static __attribute__((noinline)) void NAMED(prefix)(struct loops_thread * t, uint64_t pairs)                                       \
	{                                                                                                                                  \
		run(t, pairs, kind);                                                                                                       \
	}

LOOP(loop_list_, 0)
LOOP(loop_callback_, LOOPS_CALLBACK)
LOOP(loop_list_spin_, LOOPS_SPIN)
LOOP(loop_callback_spin_, LOOPS_CALLBACK | LOOPS_SPIN)
LOOP(loop_list_timed_, LOOPS_TIMED)
LOOP(loop_callback_timed_, LOOPS_CALLBACK | LOOPS_TIMED)
LOOP(loop_list_spin_timed_, LOOPS_SPIN | LOOPS_TIMED)
LOOP(loop_callback_spin_timed_, LOOPS_CALLBACK | LOOPS_SPIN | LOOPS_TIMED)
LOOP(loop_list_plant_, LOOPS_PLANT)
LOOP(loop_callback_plant_, LOOPS_CALLBACK | LOOPS_PLANT)
LOOP(loop_list_spin_plant_, LOOPS_SPIN | LOOPS_PLANT)
LOOP(loop_callback_spin_plant_, LOOPS_CALLBACK | LOOPS_SPIN | LOOPS_PLANT)

static __attribute__((noinline)) void NAMED(loop_list_round_)(struct loops_thread *t, uint64_t pairs)
{
	go_round(t, pairs);
}

extern const struct loops NAMED(loops_);
const struct loops NAMED(loops_) = {
    .strategy = &THIS,
    .peer = PEER,
    .by_default = BY_DEFAULT,
    .run = {NAMED(loop_list_), NAMED(loop_callback_), NAMED(loop_list_spin_), NAMED(loop_callback_spin_), NAMED(loop_list_timed_),
	    NAMED(loop_callback_timed_), NAMED(loop_list_spin_timed_), NAMED(loop_callback_spin_timed_), NAMED(loop_list_plant_),
	    NAMED(loop_callback_plant_), NAMED(loop_list_spin_plant_), NAMED(loop_callback_spin_plant_), NAMED(loop_list_round_)},
};
