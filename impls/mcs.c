/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under an MCS lock: waiting threads stand in a queue, and each reads a word of its
 * own.
 *
 * Family: locks.
 * Copy with: extram.h locked.h locked_list.h wait.h
 * Source: J. M. Mellor-Crummey, M. L. Scott, Algorithms for Scalable Synchronization on
 * Shared-Memory Multiprocessors, ACM TOCS 1991.
 *
 *   tail      NULL: the lock is free; else the node of the thread that came last. A thread has one
 *             node, because it is in one queue at a time
 *   next      of a node: NULL: no thread is behind it, or that one has not linked its node yet;
 *             else the node behind it
 *   waiting   of a node: true until the thread in front hands the lock over
 *
 * As with every lock that is handed over in order, a thread that loses its CPU in the queue holds
 * up all behind it. They yield their CPUs until it runs (L. I. Kontothanassis, R. W. Wisniewski, M.
 * L. Scott, Scheduler-Conscious Synchronization, ACM TOCS 1997).
 */
#include "locked.h"

struct node {
	struct node *_Atomic next;
	_Atomic bool waiting;
};

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) struct node *_Atomic tail;
	_Alignas(EXTRAM_APART) struct locked stack; /* apart from the word that arriving threads write */
};

static _Thread_local struct node own;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->tail, NULL);
	locked_init(&l->stack);
	return true;
}

static void queue(struct node *front, struct node *mine)
{
	uint32_t rounds = 0;
	/* release: pairs with the acquire in hand_over, so its store of false comes after our store
	 * of true. */
	atomic_store_explicit(&front->next, mine, memory_order_release);
	/* acquire: pairs with the release in hand_over. */
	while (atomic_load_explicit(&mine->waiting, memory_order_acquire))
		extram_spin(&rounds);
}

static void acquire(struct list *l, struct node *mine)
{
	/* relaxed, both: the exchange publishes them. */
	atomic_store_explicit(&mine->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&mine->waiting, true, memory_order_relaxed);
	/* acquire: pairs with the release in unlock's exchange, if the lock was free. release:
	 * pairs with the acquire here of the next thread, whose write to our node then comes after
	 * the stores above. */
	struct node *front = atomic_exchange_explicit(&l->tail, mine, memory_order_acq_rel);
	if (extram_unlikely(front != NULL))
		queue(front, mine);
}

/* Hands the lock to the next thread. That one is in the queue, but may not have linked its node
 * yet. */
static void hand_over(struct node *mine)
{
	struct node *behind;
	uint32_t rounds = 0;
	/* acquire: pairs with the release in queue. */
	while ((behind = atomic_load_explicit(&mine->next, memory_order_acquire)) == NULL)
		extram_spin(&rounds);
	/* release: pairs with the acquire in queue. Right after, the node may be in another
	 * queue. */
	atomic_store_explicit(&behind->waiting, false, memory_order_release);
}

static void release(struct list *l, struct node *mine)
{
	struct node *tail = mine;
	/* relaxed: a guess; hand_over looks again. */
	if (extram_unlikely(atomic_load_explicit(&mine->next, memory_order_relaxed) != NULL) ||
	    /* release: pairs with the acquire in lock. relaxed on failure: the value is thrown
	     * away. */
	    !atomic_compare_exchange_strong_explicit(&l->tail, &tail, NULL, memory_order_release, memory_order_relaxed))
		hand_over(mine);
}

EXTRAM_INLINE void lock(struct list *l)
{
	acquire(l, EXTRAM_OWN(own));
}

EXTRAM_INLINE void unlock(struct list *l)
{
	release(l, EXTRAM_OWN(own));
}

#include "locked_list.h"

const struct extram_strategy extram_mcs = {
    .name = "mcs",
    .summary = "an MCS queue lock around a linked stack",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_FIFO,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
