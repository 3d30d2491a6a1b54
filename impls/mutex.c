/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a pthread mutex. A get that finds it empty sleeps on a condition variable.
 *
 * Family: locks.
 * Copy with: extram.h locked.h wait.h
 * Source: a maintainer's suggestion in golang/go issue 13926, in place of the busy wait in
 * lockextra.
 *
 *   sleepers   gets that sleep. Not waiters: newextram sets that to zero while gets still sleep
 */
#include <assert.h>
#include <pthread.h>

#include "locked.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	pthread_cond_t nonempty;
	uint32_t sleepers;
	struct locked stack;
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	locked_init(&l->stack);
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

/* Caller holds the lock, and holds it again on return, with an m on the list. */
static void wait_for_m(struct list *l)
{
	extram_count(&l->base);
	l->sleepers++;
	do
		pthread_cond_wait(&l->nonempty, &l->lock);
	while (l->stack.head == NULL);
	l->sleepers--;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	lock(l);
	if (extram_unlikely(l->stack.head == NULL) && !nilokay)
		wait_for_m(l);
	/* locked_pop, written out: gcc 12 then makes the instructions that the recorded runs
	 * measured. relaxed: the mutex orders it. */
	struct m *mp = l->stack.head;
	if (extram_likely(mp != NULL))
		locked_set(&l->stack, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = l->stack.head == NULL;
	pthread_mutex_unlock(&l->lock);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	lock(l);
	locked_push(&l->stack, mp);
	if (extram_unlikely(l->sleepers > 0))
		pthread_cond_signal(&l->nonempty);
	pthread_mutex_unlock(&l->lock);
}

static uint32_t length(struct extram_list *list)
{
	return locked_length(&((struct list *)list)->stack);
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
