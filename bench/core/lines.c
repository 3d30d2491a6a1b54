/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All orders but the turn's are relaxed: only the cost of the instruction matters, and the turn
 * orders the rest.
 */
#include "lines.h"

#include "clock.h"

#define INLINE static inline __attribute__((always_inline))
/* More polls than any transfer needs: the other thread has stopped or lost its CPU. */
#define LOOKS 100000

enum use { LOAD, STORE, EXCHANGE, CAS, ADD };

/* Waits until the turn is odd, or even. False: the other thread has stopped or lost its CPU. */
static bool wait_for_turn(struct lines *l, uint64_t odd, uint64_t *turn)
{
	for (uint32_t looks = 0; looks < LOOKS; looks++) {
		/* acquire: pairs with the release in pass. */
		*turn = atomic_load_explicit(&l->turn.word, memory_order_acquire);
		if (*turn % 2 == odd)
			return true;
	}
	return false;
}

static void pass(struct lines *l, uint64_t turn)
{
	/* release: pairs with the acquire in wait_for_turn, which then sees every line. */
	atomic_store_explicit(&l->turn.word, turn + 1, memory_order_release);
}

static bool write_all(struct lines *l)
{
	uint64_t turn;
	if (!wait_for_turn(l, 0, &turn))
		return false;
	for (uint64_t i = 0; i < LINES; i++)
		atomic_store_explicit(&l->of[i].word, lines_value(turn, i), memory_order_relaxed);
	pass(l, turn);
	return true;
}

/* Uses a line once. The result names the next line. */
INLINE uint64_t use_one(_Atomic uint64_t *word, uint64_t written, enum use use)
{
	uint64_t value = written;
	if (use == LOAD)
		return atomic_load_explicit(word, memory_order_relaxed);
	if (use == EXCHANGE)
		return atomic_exchange_explicit(word, written | LINES_USED, memory_order_relaxed);
	if (use == ADD)
		return atomic_fetch_add_explicit(word, LINES_USED, memory_order_relaxed);
	if (use == CAS)
		atomic_compare_exchange_strong_explicit(word, &value, written | LINES_USED, memory_order_relaxed, memory_order_relaxed);
	else
		atomic_store_explicit(word, written | LINES_USED, memory_order_relaxed);
	return value;
}

/* Waits until the stores are done: until then they stand in a buffer. */
static void drain(void)
{
#if defined(__x86_64__)
	_mm_mfence();
#else
	__asm__ __volatile__("dsb ish" : : : "memory");
#endif
}

INLINE bool use_all(struct loops_thread *t, enum use use)
{
	struct lines *l = t->context;
	uint64_t turn, i = 0;
	if (!wait_for_turn(l, 1, &turn))
		return false;
	uint64_t begin = clock_begin();
	for (uint32_t n = 0; n < LINES; n++)
		i = use_one(&l->of[i].word, lines_value(turn - 1, i), use) % LINES;
	if (use == STORE)
		drain();
	histogram_record(t->histogram, clock_end() - begin);
	atomic_store_explicit(&l->at.word, i, memory_order_relaxed);
	pass(l, turn);
	return true;
}

INLINE void one_sided(struct loops_thread *t, uint64_t pairs, enum use use)
{
	bool on = true;
	for (; on && pairs >= LINES; pairs -= LINES)
		on = t->index == 0 ? write_all(t->context) : use_all(t, use);
}

#define ONE_SIDED(name, use)                                                                                                               \
	void lines_##name(struct loops_thread *t, uint64_t pairs)                                                                          \
	{                                                                                                                                  \
		one_sided(t, pairs, use);                                                                                                  \
	}
ONE_SIDED(load, LOAD)
ONE_SIDED(store, STORE)
ONE_SIDED(exchange, EXCHANGE)
ONE_SIDED(cas, CAS)
ONE_SIDED(add, ADD)

/* False: a reader has stopped or lost its CPU. */
static bool write_round(struct lines *l)
{
	uint64_t round = atomic_load_explicit(&l->turn.word, memory_order_relaxed);
	uint32_t looks = 0;
	for (uint64_t i = 1; i < l->threads; i++)
		while (atomic_load_explicit(&l->seen[i].word, memory_order_relaxed) != round)
			if (++looks == LOOKS)
				return false;
	atomic_store_explicit(&l->turn.word, round + 1, memory_order_relaxed);
	return true;
}

/* False: the writer has stopped or lost its CPU. */
static bool read_round(struct lines *l, _Atomic uint64_t *seen)
{
	uint64_t last = atomic_load_explicit(seen, memory_order_relaxed);
	for (uint32_t looks = 0; looks < LOOKS; looks++) {
		uint64_t round = atomic_load_explicit(&l->turn.word, memory_order_relaxed);
		if (round != last) {
			atomic_store_explicit(seen, round, memory_order_relaxed);
			return true;
		}
	}
	return false;
}

void lines_written(struct loops_thread *t, uint64_t pairs)
{
	struct lines *l = t->context;
	bool on = true;
	for (; on && pairs > 0; pairs--)
		on = t->index == 0 ? write_round(l) : read_round(l, &l->seen[t->index].word);
}
