/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lower bound on the cost: each thread keeps its last m, and no other thread can get it.
 *
 * Family: floor.
 * Copy with: extram.h locked.h wait.h
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

#include "locked.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	struct locked stack;
};

#define NOT_LENT ((struct m *)1)

static _Thread_local struct m *mine, *lent;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	locked_init(&l->stack);
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

static struct m *pop(struct list *l, bool *last)
{
	pthread_mutex_lock(&l->lock);
	struct m *mp = locked_pop(&l->stack, last);
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
	locked_push(&l->stack, mp);
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
	return locked_length(&((struct list *)list)->stack);
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
