/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lower bound on the cost: each thread keeps its last m, and no other thread can get it.
 *
 * Family: floor.
 *
 * No strategy can cost less than this and still hand out an m. Compare every other number with it.
 * It is not for use: a thread that never comes back keeps its m for ever. A process can have only
 * one such list, because the kept m is a thread-local variable.
 *
 *   mine    lent      meaning
 *   NULL    NULL      this thread keeps no m
 *   m       NOT_LENT  it keeps m, and its next get takes m
 *   m       m         it keeps m, and has borrowed it
 *
 * get and put do not change mine. So the next get does not wait for the last put's store: the m
 * goes from register to register.
 *
 * A thread keeps the first m that it got, unless its get said last. A signal handler may have got
 * that one, and a handler does not refill; then no thread would learn that the list is empty. All
 * other ms are on a linked stack under a mutex: new ones, a thread's second one, and those of
 * threads that have left. length and last refer to that stack.
 */
#include <pthread.h>

#include "extram.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	struct m *head;
	_Atomic uint32_t length; /* written only under the lock */
};

#define NOT_LENT ((struct m *)1)

static _Thread_local struct m *mine, *lent;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->length, 0);
	l->head = NULL;
	if (pthread_mutex_init(&l->lock, NULL) == 0)
		return true;
	*why = "pthread_mutex_init failed";
	return false;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	mine = lent = NULL;
	pthread_mutex_destroy(&l->lock);
}

/* Caller holds the lock. */
static void set_head(struct list *l, struct m *mp, int32_t delta)
{
	l->head = mp;
	/* relaxed, both: only the lock holder writes it; others take a hint. */
	uint32_t n = atomic_load_explicit(&l->length, memory_order_relaxed);
	atomic_store_explicit(&l->length, n + (uint32_t)delta, memory_order_relaxed);
}

static struct m *pop(struct list *l, bool *last)
{
	pthread_mutex_lock(&l->lock);
	struct m *mp = l->head;
	if (mp != NULL)
		/* relaxed: the mutex orders it. */
		set_head(l, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), -1);
	*last = l->head == NULL;
	pthread_mutex_unlock(&l->lock);
	return mp;
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	struct extram_waiter waiter = {0};
	struct m *mp;
	while ((mp = pop(l, last)) == NULL && !nilokay)
		extram_wait(&l->base, &waiter);
	extram_waited(&l->base, &waiter);
	if (mine == NULL && !*last)
		mine = lent = mp;
	return mp;
}

static __attribute__((noinline)) void put_shared(struct list *l, struct m *mp)
{
	pthread_mutex_lock(&l->lock);
	/* relaxed: the mutex orders it. */
	atomic_store_explicit(&mp->schedlink, l->head, memory_order_relaxed);
	set_head(l, mp, 1);
	pthread_mutex_unlock(&l->lock);
	extram_wake(&l->base);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct m *mp = mine;
	if (extram_unlikely(mp == lent)) /* none, or in use */
		return get_shared((struct list *)list, nilokay, last);
	lent = mp;
	*last = false;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	if (extram_likely(mp == lent))
		lent = NOT_LENT;
	else
		put_shared((struct list *)list, mp);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&l->length, memory_order_relaxed);
}

/* If the thread has its m, that m is later put like any other. */
static void thread_exit(struct extram_list *list)
{
	if (mine != lent)
		put_shared((struct list *)list, mine);
	mine = lent = NULL;
}

const struct extram_strategy extram_null = {
    .name = "null",
    .summary = "the floor: each thread keeps its own m, out of reach of the others",
    .properties = EXTRAM_KEEPS | EXTRAM_FLOOR,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
