/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Treiber's lock-free stack, with pointer and tag in one 64-bit word.
 *
 * Family: lock-free stacks.
 * Copy with: extram.h tagged.h wait.h
 * Source: R. K. Treiber, Systems Programming: Coping with Parallelism, IBM RJ 5118, 1986; the tag
 * against ABA is the counter of IBM's System/370 Principles of Operation, appendix A.
 *
 *   head        bits 63..22   address of the top m, bits 47..6 of it; 0: empty
 *               bits 21..0    tag: goes up by one with every put, stays at a get
 *
 * Why it is enough that only puts change the tag: a get's exchange can succeed wrongly only if the
 * m on top was taken and put back between the get's load and its exchange. That put changed the
 * tag. Only 2^22 puts in that gap, or an exact multiple, bring the tag back. ms are never freed
 * while the list lives, so reading the schedlink of an m that is gone is wasted, but safe.
 *
 *   depth of a parked m   how many ms are parked below it, so length needs no counter of its own
 */
#include "extram.h"
#include "tagged.h"
#include "wait.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) _Atomic uint64_t head;
	char apart[EXTRAM_APART - sizeof(uint64_t)];
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->head, tagged_pack(NULL, EXTRAM_COUNT_FROM));
	return true;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	/* acquire: pairs with the release in put, so schedlink below comes from that put or a later
	 * one. */
	uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
	for (;;) {
		struct m *mp = tagged_m(head);
		if (extram_unlikely(mp == NULL)) {
			*last = true;
			if (nilokay)
				return NULL;
			extram_wait(&l->base, &waiter);
			head = atomic_load_explicit(&l->head, memory_order_acquire); /* acquire: as above */
			continue;
		}
		/* relaxed: the m may belong to another thread by now. Then the head (top or tag)
		 * has changed, and the exchange fails. */
		struct m *next = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
		uint64_t rest = tagged_pack(next, head);
		/* acquire: pairs with the release in put, for mp's contents. That put's release
		 * sequence continues through the gets in between, which are read-modify-writes.
		 * acquire on failure: the value is the next round's head. */
		if (atomic_compare_exchange_weak_explicit(&l->head, &head, rest, memory_order_acquire, memory_order_acquire)) {
			*last = next == NULL;
			extram_waited(&l->base, &waiter);
			return mp;
		}
	}
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	/* acquire: pairs with the release in put, for the depth of the m below. */
	uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
	uint64_t mine;
	do {
		struct m *next = tagged_m(head);
		/* relaxed: stale if next is gone; then the exchange fails. */
		uint32_t below = next == NULL ? 0 : atomic_load_explicit(&next->depth, memory_order_relaxed) + 1;
		/* relaxed, both: the exchange publishes them. A late reader, from an earlier time
		 * on the list, throws away what it reads. */
		atomic_store_explicit(&mp->schedlink, next, memory_order_relaxed);
		atomic_store_explicit(&mp->depth, below, memory_order_relaxed);
		mine = tagged_pack(mp, head + 1);
		/* release: pairs with the acquires in get, put and length. acquire on failure:
		 * the value is the next round's head. */
	} while (!atomic_compare_exchange_weak_explicit(&l->head, &head, mine, memory_order_release, memory_order_acquire));
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* acquire: pairs with the release in put, for the depth. */
	return tagged_count(tagged_m(atomic_load_explicit(&l->head, memory_order_acquire)));
}

const struct extram_strategy extram_treiber = {
    .name = "treiber",
    .summary = "Treiber's lock-free stack, 42 bits of address and 22 of tag in one word",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_LOCK_FREE,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = tagged_admit,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
    .address_bits = TAGGED_ADDRESS,
};
