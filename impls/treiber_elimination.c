/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Treiber's lock-free stack with elimination: a put and a get that lose their exchanges may meet in
 * a slot, and leave the stack alone.
 *
 * Family: lock-free stacks.
 * Copy with: extram.h tagged.h wait.h
 * Source: D. Hendler, N. Shavit, L. Yerushalmi, A Scalable Lock-free Stack Algorithm, SPAA 2004.
 * Taken from it: elimination as the way to back off. Different here: only puts wait in a slot, and
 * gets pass by; there are only a few slots, and a get looks at all of them in order. The stack is
 * treiber.c's.
 *
 *   head         bits 63..22   address of the top m, bits 47..6 of it; 0: empty
 *                bits 21..0    tag: goes up by one with every put, stays at a get
 *   slot         bits 63..22   address of an m that a put offers; 0: free
 *                bits 21..0    tag: goes up by one with every offer, stays when the offer is taken
 *                              or withdrawn
 *   depth of a parked m        how many ms are parked below it
 *
 * When a put and a get meet, they take effect one right after the other, at the instant when the
 * get reads the head. The get does that between its look at the offer and its exchange. The tag
 * shows that the offer was the same all the time, so the put was running at that instant. Hence the
 * order stays last in, first out, and last is whether the head was empty then. The taker's exchange
 * is a release and the giver's look at it an acquire, so what the giver does next comes after that
 * instant too.
 *
 * A put withdraws an offer that no get took, so no m stays in a slot after its put.
 */
#include "extram.h"
#include "tagged.h"
#include "wait.h"

#define SLOTS 4
#define PATIENCE 16 /* how many pauses an offer waits: about as long as one contended exchange */

struct slot {
	_Alignas(EXTRAM_APART) _Atomic uint64_t offer;
};

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) _Atomic uint64_t head;
	struct slot slots[SLOTS];
};

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	atomic_init(&l->head, tagged_pack(NULL, EXTRAM_COUNT_FROM));
	for (int i = 0; i < SLOTS; i++)
		atomic_init(&l->slots[i].offer, tagged_pack(NULL, EXTRAM_COUNT_FROM));
	return true;
}

/* For a get that lost its exchange. NULL: no put offers an m. */
static __attribute__((noinline)) struct m *take_offer(struct list *l, bool *last)
{
	for (int i = 0; i < SLOTS; i++) {
		/* acquire: pairs with the release in offer, so the head below is not older than the
		 * put. */
		uint64_t offer = atomic_load_explicit(&l->slots[i].offer, memory_order_acquire);
		struct m *mp = tagged_m(offer);
		if (mp == NULL)
			continue;
		/* acquire: pairs with the release in push. Only whether the head is empty matters.
		 * The exchange's release keeps this load before the exchange. */
		bool empty = tagged_m(atomic_load_explicit(&l->head, memory_order_acquire)) == NULL;
		/* acquire: pairs with the release in offer, for mp's contents. release: pairs with
		 * the acquire there, for the load above. relaxed on failure: the value is thrown
		 * away. */
		if (atomic_compare_exchange_strong_explicit(&l->slots[i].offer, &offer, tagged_pack(NULL, offer), memory_order_acq_rel,
							    memory_order_relaxed)) {
			*last = empty;
			return mp;
		}
	}
	return NULL;
}

/* For a put that lost its exchange. Waits in a free slot for a while. True: a get took the m. */
static __attribute__((noinline)) bool offer(struct list *l, struct m *mp)
{
	for (int i = 0; i < SLOTS; i++) {
		/* relaxed: a guess; the exchange checks it. */
		uint64_t word = atomic_load_explicit(&l->slots[i].offer, memory_order_relaxed), mine = tagged_pack(mp, word + 1);
		/* release: pairs with the acquires in take_offer. relaxed on failure: the value
		 * is thrown away. */
		if (tagged_m(word) != NULL ||
		    !atomic_compare_exchange_strong_explicit(&l->slots[i].offer, &word, mine, memory_order_release, memory_order_relaxed))
			continue;
		for (int k = 0; k < PATIENCE; k++)
			EXTRAM_PAUSE();
		/* acquire on failure: pairs with the release in take_offer. On success the m is
		 * ours again and no order is needed, but C11 before C17 does not allow a failure
		 * order that is stronger than the success order. */
		return !atomic_compare_exchange_strong_explicit(&l->slots[i].offer, &mine, tagged_pack(NULL, mine), memory_order_acquire,
								memory_order_acquire);
	}
	return false;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	for (;;) {
		/* acquire: pairs with the release in push, so schedlink below comes from that put
		 * or a later one. */
		uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
		struct m *mp = tagged_m(head);
		if (extram_unlikely(mp == NULL)) {
			*last = true;
			if (nilokay)
				return NULL;
			extram_wait(&l->base, &waiter);
			continue;
		}
		/* relaxed: the m may belong to another thread by now. Then the head (top or tag)
		 * has changed, and the exchange fails. */
		struct m *next = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
		/* acquire: pairs with the release in push, for mp's contents. That push's release
		 * sequence continues through the gets in between, which are read-modify-writes.
		 * relaxed on failure: the value is thrown away. */
		if (extram_likely(atomic_compare_exchange_weak_explicit(&l->head, &head, tagged_pack(next, head), memory_order_acquire,
									memory_order_relaxed)))
			*last = next == NULL;
		else if ((mp = take_offer(l, last)) == NULL)
			continue;
		extram_waited(&l->base, &waiter);
		return mp;
	}
}

/* One try. False: another thread changed the head. */
static bool push(struct list *l, struct m *mp)
{
	/* acquire: pairs with the release below, for the depth of the m below. */
	uint64_t head = atomic_load_explicit(&l->head, memory_order_acquire);
	struct m *next = tagged_m(head);
	/* relaxed: stale if next is gone; then the exchange fails. */
	uint32_t below = next == NULL ? 0 : atomic_load_explicit(&next->depth, memory_order_relaxed) + 1;
	/* relaxed, both: the exchange publishes them. A late reader, from an earlier time on the
	 * list, throws away what it reads. */
	atomic_store_explicit(&mp->schedlink, next, memory_order_relaxed);
	atomic_store_explicit(&mp->depth, below, memory_order_relaxed);
	/* release: pairs with the acquires in get, push and length. relaxed on failure: the
	 * value is thrown away. */
	return atomic_compare_exchange_weak_explicit(&l->head, &head, tagged_pack(mp, head + 1), memory_order_release,
						     memory_order_relaxed);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	while (extram_unlikely(!push(l, mp)))
		if (offer(l, mp))
			return; /* the get that took it was awake */
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* acquire: pairs with the release in push, for the depth. */
	return tagged_count(tagged_m(atomic_load_explicit(&l->head, memory_order_acquire)));
}

const struct extram_strategy extram_treiber_elimination = {
    .name = "treiber_elimination",
    .summary = "Treiber's lock-free stack; puts and gets that get in each other's way meet in a slot",
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
