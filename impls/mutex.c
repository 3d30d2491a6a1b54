/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a pthread mutex. A get that finds it empty sleeps on a condition variable.
 *
 * Family: locks.
 * Source: a maintainer's suggestion in golang/go issue 13926, in place of the busy wait in
 * lockextra.
 *
 *   head    meaning
 *   NULL    empty
 *   else    the top m; the list follows schedlink
 *
 *   sleepers   gets that sleep. Not waiters: newextram sets that to zero while gets still sleep
 */
#include <assert.h>
#include <pthread.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	pthread_cond_t nonempty;
	struct m *head;
	uint32_t sleepers;
	_Atomic uint32_t length; /* written only under the lock */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->length, 0);
	l->head = NULL;
	l->sleepers = 0;
	if (pthread_mutex_init(&l->lock, NULL) != 0) {
		*why = "pthread_mutex_init failed";
		return false;
	}
	if (pthread_cond_init(&l->nonempty, NULL) != 0) {
		pthread_mutex_destroy(&l->lock);
		*why = "pthread_cond_init failed";
		return false;
	}
	return true;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	pthread_cond_destroy(&l->nonempty);
	pthread_mutex_destroy(&l->lock);
}

static void lock(struct list *l)
{
	int err = pthread_mutex_lock(&l->lock);
	assert(err == 0 && "the list was not made by init, or is no more");
	(void)err;
}

/* Caller holds the lock. */
static void count(struct list *l, int32_t delta)
{
	/* relaxed, both: only the lock holder writes it; others take a hint. */
	uint32_t n = atomic_load_explicit(&l->length, memory_order_relaxed);
	atomic_store_explicit(&l->length, n + (uint32_t)delta, memory_order_relaxed);
}

/* Caller holds the lock, and holds it again on return, with an m on the list. */
static void wait_for_m(struct list *l)
{
	/* relaxed: newextram may take the count at any time, and needs nothing else. */
	atomic_fetch_add_explicit(&l->base.waiters, 1, memory_order_relaxed);
	l->sleepers++;
	do
		pthread_cond_wait(&l->nonempty, &l->lock);
	while (l->head == NULL);
	l->sleepers--;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	lock(l);
	if (extram_unlikely(l->head == NULL) && !nilokay)
		wait_for_m(l);
	struct m *mp = l->head;
	if (extram_likely(mp != NULL)) {
		/* relaxed: the mutex orders it. */
		l->head = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
		count(l, -1);
	}
	*last = l->head == NULL;
	pthread_mutex_unlock(&l->lock);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	lock(l);
	/* relaxed: the mutex orders it. */
	atomic_store_explicit(&mp->schedlink, l->head, memory_order_relaxed);
	l->head = mp;
	count(l, 1);
	if (extram_unlikely(l->sleepers > 0))
		pthread_cond_signal(&l->nonempty);
	pthread_mutex_unlock(&l->lock);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&l->length, memory_order_relaxed);
}

const struct extram_strategy extram_mutex = {
    .name = "mutex",
    .summary = "a pthread mutex around a linked stack; waits on a condition variable",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = "condvar",
};
