/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * halfway: a get or a put stands still between two of its steps, and another thread gets and puts
 * meanwhile. Compiled once for each lock-free strategy. It includes the strategy's source, so that
 * it decides what happens around each load and before each exchange.
 *
 * Four threads take turns, and one of them runs at a time. At a step that chance picks, a thread of
 * level n lets the one of level n + 1 run a few operations to their end. So what happens depends on
 * the seed alone, also under an emulator. No m may be owned twice or lost. A get may return NULL
 * only if the list may have been empty at some instant of it.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>

#include "harness.h"

#define LEVELS 4
#define MS 4
#define ROUNDS 1500 /* lists */
#define STEPS 12    /* operations of level 0 on each */
#define SKIP 77

static void point(void);

#ifdef __clang__
#define LOAD(p, order) __c11_atomic_load(p, order)
#define EXCHANGE(p, old, new, weak, good, bad)                                                                                             \
	((weak) ? __c11_atomic_compare_exchange_weak(p, old, new, good, bad) : __c11_atomic_compare_exchange_strong(p, old, new, good, bad))
#else
#define LOAD(p, order) __atomic_load_n(p, order)
#define EXCHANGE(p, old, new, weak, good, bad) __atomic_compare_exchange_n(p, old, new, weak, good, bad)
#endif
#undef atomic_load_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_compare_exchange_strong_explicit
#define atomic_load_explicit(p, order)                                                                                                     \
	__extension__({                                                                                                                    \
		point();                                                                                                                   \
		__auto_type value = LOAD(p, order);                                                                                        \
		point();                                                                                                                   \
		value;                                                                                                                     \
	})
#define atomic_compare_exchange_weak_explicit(p, old, new, good, bad) (point(), EXCHANGE(p, old, new, true, good, bad))
#define atomic_compare_exchange_strong_explicit(p, old, new, good, bad) (point(), EXCHANGE(p, old, new, false, good, bad))

#include STRATEGY_FILE

#define PASTE(a, b) a##b
#define STRATEGY_OF(name) PASTE(extram_, name)

struct level {
	sem_t go, done;
	bool getting;
	int least; /* while getting: the fewest ms that were surely on the list */
};

static struct fixture f;
static struct level levels[LEVELS];
static struct payload_m *hand[MS]; /* ms that nobody's list has; any thread may put one */
static unsigned held, parked;      /* parked: puts that have ended, less gets that returned an m */
static bool calm, over;            /* calm: nobody stands still */
static uint64_t stood, nulls;
static _Thread_local struct worker *me;

static void wait_on(sem_t *s)
{
	while (sem_wait(s) != 0)
		check(errno == EINTR, "sem_wait: error %d", errno);
}

/* A get that stands still may already have taken its m. */
static void look(void)
{
	int getting = 0;
	for (unsigned i = 0; i < LEVELS; i++)
		getting += levels[i].getting;
	for (unsigned i = 0; i < LEVELS; i++) {
		int sure = (int)parked - (getting - 1);
		if (levels[i].getting && sure < levels[i].least)
			levels[i].least = sure;
	}
}

static void do_get(void)
{
	struct level *l = &levels[me->rank];
	bool last;
	l->getting = true;
	l->least = MS;
	look();
	struct payload_m *p = fixture_get(&f, me, true, &last);
	l->getting = false;
	if (p == NULL) {
		nulls++;
		check(l->least <= 0, "NULL, and at least %d ms were on the list all the time", l->least);
		return;
	}
	/* payload_take has seen that it was parked. */
	parked--;
	payload_give(me, p);
	hand[held++] = p;
	look();
}

static void do_put(void)
{
	struct payload_m *p = hand[worker_random(me) % held];
	for (unsigned i = 0; i < held; i++)
		if (hand[i] == p)
			hand[i] = hand[--held];
	/* relaxed: an m in hand has no owner. */
	atomic_store_explicit(&p->holder, me->id, memory_order_relaxed);
	p->owner = me->id;
	fixture_put(&f, me, p);
	parked++;
	look();
}

static void operate(void)
{
	if (held > 0 && worker_random(me) % 2 == 0)
		do_put();
	else
		do_get();
}

static void point(void)
{
	if (me == NULL || calm || me->rank + 1 == LEVELS || worker_random(me) % 6 != 0)
		return;
	struct level *next = &levels[me->rank + 1];
	stood++;
	sem_post(&next->go);
	wait_on(&next->done);
}

static void run(struct worker *w)
{
	struct level *l = &levels[w->rank];
	me = w;
	for (;;) {
		wait_on(&l->go);
		if (over)
			return;
		for (unsigned n = 1 + worker_random(w) % 3; n > 0; n--)
			operate();
		sem_post(&l->done);
	}
}

/* The thread of level 0 has the main loop. */
static void run_first(struct worker *w)
{
	if (w->rank > 0) {
		run(w);
		return;
	}
	me = w;
	for (unsigned round = 0; round < ROUNDS; round++) {
		calm = false;
		for (unsigned n = 0; n < STEPS; n++)
			operate();
		calm = true;
		fixture_drain(&f, w, parked);
		fixture_again(&f);
		held = parked = 0;
		for (uint32_t i = 0; i < MS; i++)
			hand[held++] = &f.ms[i];
	}
	over = true;
	for (unsigned i = 1; i < LEVELS; i++)
		sem_post(&levels[i].go);
}

int main(void)
{
	crew_watch("operations that stand still half way");
	if (!(STRATEGY_OF(STRATEGY).properties & EXTRAM_LOCK_FREE)) {
		printf("an operation that stands still may hold up others\n");
		return SKIP;
	}
	f = fixture_make(&STRATEGY_OF(STRATEGY), MS);
	for (uint32_t i = 0; i < MS; i++)
		hand[held++] = &f.ms[i];
	for (unsigned i = 0; i < LEVELS; i++) {
		sem_init(&levels[i].go, 0, 0);
		sem_init(&levels[i].done, 0, 0);
	}
	crew_pin(crew_cpu(0)); /* one thread runs at a time, so a second CPU only costs time */
	crew_run(LEVELS, run_first, NULL);
	fixture_free(&f);
	check(stood > 1000 && nulls > 100, "%llu times something stood still, and %llu gets returned NULL: too few to show anything",
	      (unsigned long long)stood, (unsigned long long)nulls);
	return 0;
}
