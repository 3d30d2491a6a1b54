/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A linked stack under a ticket lock: first come, first served.
 *
 * Family: locks.
 * Copy with: extram.h locked.h locked_list.h wait.h
 * Source: D. P. Reed, R. K. Kanodia, Synchronization with Eventcounts and Sequencers, CACM 1979;
 * as a lock, with a pause for each thread in front, in J. M. Mellor-Crummey, M. L. Scott,
 * Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors, ACM TOCS 1991.
 *
 *   next      the ticket that the next thread takes
 *   serving   the ticket of the lock holder; next == serving: the lock is free
 *
 * Both wrap at 2^32, which is also the most threads that may wait. A thread that loses its CPU
 * holds up all behind it, both while it has the lock and when its turn comes. The others then yield
 * their CPUs until it runs (L. I. Kontothanassis, R. W. Wisniewski, M. L. Scott,
 * Scheduler-Conscious Synchronization, ACM TOCS 1997).
 */
#include "locked.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) _Atomic uint32_t next;
	_Atomic uint32_t serving;
	_Alignas(EXTRAM_APART) struct locked stack; /* apart from the words that waiting threads read */
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->next, EXTRAM_COUNT_FROM);
	atomic_init(&l->serving, EXTRAM_COUNT_FROM);
	locked_init(&l->stack);
	return true;
}

/* Pauses once for each thread in front, then returns for the next look. Once it yields the CPU, it
 * returns after each yield. */
static void wait_for(uint32_t in_front, uint32_t *rounds)
{
	do
		extram_spin(rounds);
	while (--in_front > 0 && *rounds != EXTRAM_SPINS);
}

static void lock(struct list *l)
{
	/* relaxed: it only takes a turn. What the last lock holder wrote comes with serving. */
	uint32_t ticket = atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed), rounds = 0, in_front;
	/* acquire: pairs with the release in unlock. */
	while ((in_front = ticket - atomic_load_explicit(&l->serving, memory_order_acquire)) != 0)
		wait_for(in_front, &rounds);
}

static void unlock(struct list *l)
{
	/* relaxed: only the lock holder writes it. */
	uint32_t ticket = atomic_load_explicit(&l->serving, memory_order_relaxed);
	/* release: pairs with the acquire in lock. */
	atomic_store_explicit(&l->serving, ticket + 1, memory_order_release);
}

#include "locked_list.h"

const struct extram_strategy extram_ticket = {
    .name = "ticket",
    .summary = "a ticket lock around a linked stack: first come, first served",
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
