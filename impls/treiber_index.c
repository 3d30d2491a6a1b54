/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Treiber's lock-free stack of numbers instead of pointers. A tag of 32 bits fits beside a number,
 * and no address is too long.
 *
 * Family: lock-free stacks.
 * Copy with: extram.h numbers.h wait.h
 * Source: treiber.c for the stack. Numbers against ABA as in M. M. Michael and M. L. Scott, Simple,
 * Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms, PODC 1996, section 1
 * ("pointers replaced by array indices"). numbers.h for the table.
 *
 *   head        bits 31..0    number of the top m; 0: empty
 *               bits 63..32   tag: goes up by one with every put, stays at a get; see treiber.c for
 *                             why that is enough
 *   depth       of an m: its number, from admit on, parked or not
 *   schedlink   of a parked m: bits 31..0 the number of the m below, as in head; bits 63..32 how
 *               many ms are below, so length needs no counter
 *
 * A number read from head, or from a link below it, always belongs to an admitted m, because no
 * slot is written twice.
 */
#include "extram.h"
#include "numbers.h"
#include "wait.h"

_Static_assert(sizeof(uintptr_t) == 8, "a link holds a number and a count");

struct list {
	struct extram_list base;
	struct numbers numbers; /* slot: the m of that number */
	_Alignas(EXTRAM_APART) _Atomic uint64_t head;
	char apart[EXTRAM_APART - sizeof(uint64_t)];
};

/* The m whose number is the low half of a head or link. NULL: the number is 0. */
static struct m *m_of(struct list *l, uint64_t word)
{
	uint32_t top = (uint32_t)word;
	if (top == 0)
		return NULL;
	/* relaxed: admit's store came before the put whose head or link we acquired. */
	return (struct m *)atomic_load_explicit(numbers_at(&l->numbers, top), memory_order_relaxed);
}

static uint64_t link_of(struct m *mp)
{
	/* relaxed: the m may belong to another thread by now. Then the head (top or tag) has
	 * changed, and the exchange fails. */
	return (uint64_t)(uintptr_t)atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
}

static uint64_t pack(uint64_t top, uint64_t high)
{
	return (high << 32) | (uint32_t)top;
}

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	numbers_init(&l->numbers);
	atomic_init(&l->head, pack(0, EXTRAM_COUNT_FROM));
	return true;
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	numbers_fini(&l->numbers);
}

static bool admit(struct extram_list *list, struct m *mp, const char **why)
{
	struct list *l = (struct list *)list;
	if (!numbers_give(&l->numbers, mp, why))
		return false;
	/* relaxed: our own store. */
	numbers_slot *slot = numbers_room(&l->numbers, atomic_load_explicit(&mp->depth, memory_order_relaxed));
	if (slot == NULL) {
		*why = "no memory for the table of ms";
		return false;
	}
	/* relaxed: put publishes it. */
	atomic_store_explicit(slot, mp, memory_order_relaxed);
	return true;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	/* acquire: pairs with the release in put, so slot and link below come from that put or a
	 * later one. */
	uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
	for (;;) {
		struct m *mp = m_of(l, head);
		if (extram_unlikely(mp == NULL)) {
			*last = true;
			if (nilokay)
				return NULL;
			extram_wait(&l->base, &waiter);
			head = atomic_load_explicit(&l->head, memory_order_acquire); /* acquire: as above */
			continue;
		}
		uint64_t next = pack(link_of(mp), head >> 32);
		/* acquire: pairs with the release in put, for mp's contents. That put's release
		 * sequence continues through the gets in between, which are read-modify-writes.
		 * acquire on failure: the value is the next round's head. */
		if (atomic_compare_exchange_weak_explicit(&l->head, &head, next, memory_order_acquire, memory_order_acquire)) {
			*last = (uint32_t)next == 0;
			extram_waited(&l->base, &waiter);
			return mp;
		}
	}
}

/* The number of ms on the list that starts at head. */
static uint32_t count(struct list *l, uint64_t head)
{
	struct m *mp = m_of(l, head);
	return mp == NULL ? 0 : (uint32_t)(link_of(mp) >> 32) + 1;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	/* relaxed: only admit writes it, before the put. */
	uint32_t own = atomic_load_explicit(&mp->depth, memory_order_relaxed);
	/* acquire: pairs with the release in put, for slot and link of the m below. */
	uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
	uint64_t mine;
	do {
		uint64_t below = pack(head, count(l, head));
		/* relaxed: the exchange publishes it. A late reader, from an earlier time on the
		 * list, throws away what it reads. */
		atomic_store_explicit(&mp->schedlink, (struct m *)(uintptr_t)below, memory_order_relaxed);
		mine = pack(own, (head >> 32) + 1);
		/* release: pairs with the acquires in get, put and length. acquire on failure:
		 * the value is the next round's head. */
	} while (!atomic_compare_exchange_weak_explicit(&l->head, &head, mine, memory_order_release, memory_order_acquire));
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* acquire: pairs with the release in put, for slot and link. A hint if the m is gone by
	 * now; ms are not freed. */
	return count(l, atomic_load_explicit(&l->head, memory_order_acquire));
}

const struct extram_strategy extram_treiber_index = {
    .name = "treiber_index",
    .summary = "Treiber's lock-free stack, 32 bits of number and 32 of tag in one word",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_LOCK_FREE,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = admit,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
    .address_bits = 48,
};
