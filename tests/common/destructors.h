/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that call once more from destructors of pthread keys. POSIX leaves the order of a
 * thread's destructors open, and repeats them for values that a destructor set. glibc runs them in
 * the order in which the keys were made. So one key is made before what is tested, and one after.
 */
#ifndef DESTRUCTORS_H
#define DESTRUCTORS_H

#include <limits.h>

#include "crew.h"
#include "sanitized.h"

/* Rounds in which destructors call. The sanitizers need the last one for themselves, and a call in
 * the one before may have a destructor in the last. */
#if SANITIZED_THREAD || SANITIZED_ADDRESS
#define DESTRUCTORS_ROUNDS (PTHREAD_DESTRUCTOR_ITERATIONS - 2)
#else
#define DESTRUCTORS_ROUNDS PTHREAD_DESTRUCTOR_ITERATIONS
#endif

enum { DESTRUCTORS_EARLY, DESTRUCTORS_LATE, DESTRUCTORS_KEYS };

/* The calls of one thread. */
struct destructors {
	void (*call)(struct worker *w); /* w->arg is arg */
	void *arg;
	bool before;     /* the thread calls before it ends, too */
	unsigned rounds; /* bit n: the destructors call in round n */
	unsigned keys;   /* bit n: the destructor of key n calls */
	pthread_key_t key[DESTRUCTORS_KEYS];
	struct destructors_value {
		struct destructors *d;
		struct worker *w;
		unsigned key, round;
	} value[DESTRUCTORS_KEYS];
};

static inline void destructors_run_one(void *value)
{
	struct destructors_value *v = value;
	struct destructors *d = v->d;
	if (d->rounds >> v->round & 1U)
		d->call(v->w);
	if (++v->round < DESTRUCTORS_ROUNDS)
		pthread_setspecific(d->key[v->key], v);
}

static inline void destructors_live(struct worker *w)
{
	struct destructors *d = w->arg;
	worker_phase(w, "living, then calling from destructors");
	w->arg = d->arg;
	if (d->before)
		d->call(w);
	for (unsigned i = 0; i < DESTRUCTORS_KEYS; i++) {
		d->value[i] = (struct destructors_value){.d = d, .w = w, .key = i};
		if (d->keys >> i & 1U)
			pthread_setspecific(d->key[i], &d->value[i]);
	}
}

static inline void destructors_key(struct destructors *d, unsigned key)
{
	int err = pthread_key_create(&d->key[key], destructors_run_one);
	check(err == 0, "pthread_key_create: error %d", err);
}

/* Makes the early key. Call it before what is tested is made. */
static inline void destructors_begin(struct destructors *d)
{
	destructors_key(d, DESTRUCTORS_EARLY);
}

/* Runs a thread for each choice of rounds and keys, and calls done after each. Not the thread whose
 * first call comes in the last round: nothing runs after that. */
static inline void destructors_all(struct destructors *d, void (*done)(void *arg))
{
	destructors_key(d, DESTRUCTORS_LATE);
	for (d->rounds = 1; d->rounds < 1U << DESTRUCTORS_ROUNDS; d->rounds++)
		for (unsigned kind = 2; kind < 2U << DESTRUCTORS_KEYS; kind++) {
			d->before = kind & 1U;
			d->keys = kind >> 1;
			if (!d->before && d->rounds == 1U << (PTHREAD_DESTRUCTOR_ITERATIONS - 1))
				continue;
			crew_run(1, destructors_live, d);
			done(d->arg);
		}
	for (unsigned i = 0; i < DESTRUCTORS_KEYS; i++)
		pthread_key_delete(d->key[i]);
}

#endif
