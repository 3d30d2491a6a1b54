/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks whose waiters queue up, each with a line of its own. */
#include <stdatomic.h>
#include <stddef.h>

#include "kernels.h"
#include "wait.h"

#define THREADS 256

static KERNELS_APART _Atomic uint64_t word;

/* A waiter's own line. */
struct node {
	KERNELS_APART struct node *_Atomic next;
	_Atomic uint32_t locked;
	struct node *_Atomic prev; /* of osq */
	struct node *ahead;        /* of CLH: whose line becomes ours */
};

static struct node nodes[THREADS + 1];
static KERNELS_APART struct node *_Atomic tail;

static void clear_queue(void)
{
	atomic_init(&word, 0);
	atomic_init(&tail, NULL);
}

/* Mellor-Crummey and Scott, 1991. */
static void mcs_lock(struct node *n)
{
	/* relaxed: the exchange publishes them. */
	atomic_store_explicit(&n->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&n->locked, 1, memory_order_relaxed);
	struct node *prev = atomic_exchange_explicit(&tail, n, memory_order_acq_rel);
	if (prev == NULL)
		return;
	atomic_store_explicit(&prev->next, n, memory_order_release);
	while (atomic_load_explicit(&n->locked, memory_order_acquire) != 0)
		EXTRAM_PAUSE();
}

static void mcs_unlock(struct node *n)
{
	struct node *next = atomic_load_explicit(&n->next, memory_order_acquire), *self = n;
	if (next == NULL) {
		/* relaxed in failure: another thread comes. */
		if (atomic_compare_exchange_strong_explicit(&tail, &self, NULL, memory_order_release, memory_order_relaxed))
			return;
		while ((next = atomic_load_explicit(&n->next, memory_order_acquire)) == NULL)
			EXTRAM_PAUSE();
	}
	atomic_store_explicit(&next->locked, 0, memory_order_release);
}

static void clear_clh(void)
{
	for (int i = 0; i <= THREADS; i++)
		atomic_init(&nodes[i].locked, 0);
	atomic_init(&tail, &nodes[THREADS]);
}

/* Craig, 1993; Landin and Hagersten, 1994. A thread goes on with the line of the one ahead. */
static struct node *clh_lock(struct node *n)
{
	/* relaxed: the exchange publishes it. */
	atomic_store_explicit(&n->locked, 1, memory_order_relaxed);
	n->ahead = atomic_exchange_explicit(&tail, n, memory_order_acq_rel);
	while (atomic_load_explicit(&n->ahead->locked, memory_order_acquire) != 0)
		EXTRAM_PAUSE();
	return n->ahead;
}

static void clh_unlock(struct node *n)
{
	atomic_store_explicit(&n->locked, 0, memory_order_release);
}

/* The kernel's kernel/locking/mcs_spinlock.h with osq_lock.c's tail: waiters never give up here. */
static void osq_lock(struct node *n)
{
	/* relaxed: the exchange publishes them. */
	atomic_store_explicit(&n->locked, 0, memory_order_relaxed);
	atomic_store_explicit(&n->next, NULL, memory_order_relaxed);
	struct node *prev = atomic_exchange_explicit(&tail, n, memory_order_acq_rel);
	if (prev == NULL)
		return;
	/* relaxed: the release below publishes it. */
	atomic_store_explicit(&n->prev, prev, memory_order_relaxed);
	atomic_store_explicit(&prev->next, n, memory_order_release);
	while (atomic_load_explicit(&n->locked, memory_order_acquire) == 0)
		EXTRAM_PAUSE();
}

static void osq_unlock(struct node *n)
{
	struct node *self = n, *next;
	if (atomic_compare_exchange_strong_explicit(&tail, &self, NULL, memory_order_release, memory_order_relaxed))
		return;
	while ((next = atomic_exchange_explicit(&n->next, NULL, memory_order_acq_rel)) == NULL)
		EXTRAM_PAUSE();
	atomic_store_explicit(&next->locked, 1, memory_order_release);
}

/*
 * The kernel's queued spinlock (kernel/locking/qspinlock.c). The word has the locked byte, the
 * pending byte of the first waiter, and the number of the last node in the queue.
 */
#define LOCKED UINT64_C(1)
#define PENDING (UINT64_C(1) << 8)
#define TAIL 16

static void queued_lock_as_head(struct node *n, uint64_t tail_bits)
{
	uint64_t value;
	while (((value = atomic_load_explicit(&word, memory_order_acquire)) & (LOCKED | PENDING)) != 0)
		EXTRAM_PAUSE();
	/* relaxed: the load acquired. */
	if (value == tail_bits &&
	    atomic_compare_exchange_strong_explicit(&word, &value, LOCKED, memory_order_relaxed, memory_order_relaxed))
		return;
	atomic_store_explicit((_Atomic uint8_t *)&word, 1, memory_order_relaxed);
	struct node *next;
	while ((next = atomic_load_explicit(&n->next, memory_order_acquire)) == NULL)
		EXTRAM_PAUSE();
	atomic_store_explicit(&next->locked, 0, memory_order_release);
}

static void queued_enqueue(struct node *n)
{
	uint16_t self = (uint16_t)(n - nodes + 1);
	/* relaxed: the exchange publishes them. */
	atomic_store_explicit(&n->next, NULL, memory_order_relaxed);
	atomic_store_explicit(&n->locked, 1, memory_order_relaxed);
	uint16_t prev = atomic_exchange_explicit((_Atomic uint16_t *)&word + 1, self, memory_order_acq_rel);
	if (prev != 0) {
		atomic_store_explicit(&nodes[prev - 1].next, n, memory_order_release);
		while (atomic_load_explicit(&n->locked, memory_order_acquire) != 0)
			EXTRAM_PAUSE();
	}
	queued_lock_as_head(n, (uint64_t)self << TAIL);
}

static void queued_lock(struct node *n)
{
	uint64_t value = 0;
	if (atomic_compare_exchange_strong_explicit(&word, &value, LOCKED, memory_order_acquire, memory_order_relaxed))
		return;
	if ((value & ~LOCKED) == 0)
		value = atomic_fetch_or_explicit(&word, PENDING, memory_order_acquire);
	if ((value & ~LOCKED) != 0) {
		if ((value & PENDING) == 0)
			atomic_fetch_and_explicit(&word, ~PENDING, memory_order_relaxed); /* relaxed: nothing is passed */
		queued_enqueue(n);
		return;
	}
	while ((atomic_load_explicit(&word, memory_order_acquire) & LOCKED) != 0)
		EXTRAM_PAUSE();
	/* relaxed: the load acquired. Locked and no more pending, in one store. */
	atomic_store_explicit((_Atomic uint16_t *)&word, 1, memory_order_relaxed);
}

static void queued_unlock(void)
{
	atomic_store_explicit((_Atomic uint8_t *)&word, 0, memory_order_release);
}

KERNELS_LOCK(mcs, mcs_lock(&nodes[id]), mcs_unlock(&nodes[id]))
KERNELS_LOCK(osq, osq_lock(&nodes[id]), osq_unlock(&nodes[id]))
KERNELS_LOCK(queued, queued_lock(&nodes[id]), queued_unlock())

static void clh_body(int id)
{
	struct node *own = &nodes[id];
	while (client_more()) {
		struct node *next = clh_lock(own);
		client_enter();
		client_hold();
		client_leave();
		clh_unlock(own);
		own = next;
		client_think();
	}
}

const struct client_program kernels_queues[] = {
    {"mcs", "MCS queue lock", clear_queue, mcs_body, NULL},
    {"clh", "CLH queue lock", clear_clh, clh_body, NULL},
    {"osq", "the kernel's optimistic spin queue as a lock", clear_queue, osq_body, NULL},
    {"queued", "the kernel's queued spinlock", clear_queue, queued_body, NULL},
    {.name = NULL},
};
