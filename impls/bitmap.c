/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bitmap: one bit for each m, 1 while the m is parked. There are no links between ms, so there is
 * no ABA problem. A put is one fetch_add.
 *
 * Family: lock-free stacks.
 * Copy with: extram.h numbers.h wait.h
 * Source: the allocation bitmaps of kernels, with scans as in snapshots by double collect (Y. Afek
 * and others, Atomic Snapshots of Shared Memory, JACM 40(4), 1993, section 3).
 *
 *   word        of a chunk   bits 31..0    1: the m of that bit is parked
 *                            bits 63..32   puts here so far, modulo 2^32
 *   ms          of a chunk   the ms of its bits, from admit on
 *   depth       of an m      its number, from admit on: chunk number / 32, bit number % 32
 *   schedlink   of an m      its chunk, from admit on
 *   hint        of a thread  where its next get looks first: the number of the m that it put last,
 *                            on any list, or a number in the chunk where a later get found an m
 *
 * NULL: two scans found every word empty and the same sum of puts. So no put came between the two
 * loads of a word, and every word was empty at the instant between the scans. A chunk that the
 * second scan did not know of was empty then.
 *
 * last: a get that leaves bits in its word says false. Any other get looks at all other words, and
 * says true if they are empty. An empty list is always reported. Exchanges and looks are seq_cst,
 * so there is a first instant at which all words are empty. The get whose exchange made it so looks
 * later, and a bit that it finds comes from a put after that instant. last may be true although a
 * put came meanwhile, to this word or to one that the get had already looked at.
 */
#include "extram.h"
#include "numbers.h"
#include "wait.h"

#ifndef BITMAP_BITS
#define BITMAP_BITS 32 /* of a word: at most 32 */
#endif
#define ONE_PUT (UINT64_C(1) << 32)

struct chunk {
	_Alignas(EXTRAM_APART) _Atomic uint64_t word;
	_Alignas(EXTRAM_APART) struct m *ms[BITMAP_BITS]; /* apart, because only admit writes it */
};

struct list {
	struct extram_list base;
	struct numbers numbers; /* slot: the chunk of that number */
};

static _Thread_local uint32_t hint;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	extram_init(&l->base);
	numbers_init(&l->numbers);
	return true;
}

/* A snapshot: admit may have added chunks since. */
static uint32_t chunks(struct list *l)
{
	return (uint32_t)((numbers_end(&l->numbers) + BITMAP_BITS - 1) / BITMAP_BITS);
}

/* NULL: the chunk is not made yet. */
static struct chunk *chunk_at(struct list *l, uint32_t n)
{
	numbers_slot *slot = numbers_at(&l->numbers, n);
	/* acquire: pairs with the release in make_chunk, so that the word reads as 0 or later. */
	return slot == NULL ? NULL : (struct chunk *)atomic_load_explicit(slot, memory_order_acquire);
}

static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	for (uint32_t n = chunks(l); n-- > 0;)
		free(chunk_at(l, n));
	numbers_fini(&l->numbers);
}

/* NULL: no memory. */
static struct chunk *make_chunk(struct list *l, uint32_t n)
{
	numbers_slot *slot = numbers_room(&l->numbers, n);
	void *none = NULL;
	struct chunk *chunk = slot == NULL ? NULL : aligned_alloc(_Alignof(struct chunk), sizeof(*chunk));
	if (chunk == NULL)
		return NULL;
	atomic_init(&chunk->word, EXTRAM_COUNT_FROM * ONE_PUT);
	/* release: pairs with the acquire in chunk_at. relaxed on failure: chunk_at looks again. */
	if (!atomic_compare_exchange_strong_explicit(slot, &none, chunk, memory_order_release, memory_order_relaxed))
		free(chunk); /* another admit was first */
	return chunk_at(l, n);
}

static bool admit(struct extram_list *list, struct m *mp, const char **why)
{
	struct list *l = (struct list *)list;
	if (!numbers_give(&l->numbers, mp, why))
		return false;
	/* relaxed: our own store. */
	uint32_t number = atomic_load_explicit(&mp->depth, memory_order_relaxed);
	struct chunk *chunk = chunk_at(l, number / BITMAP_BITS);
	if (chunk == NULL && (chunk = make_chunk(l, number / BITMAP_BITS)) == NULL) {
		*why = "no memory for a chunk of the bitmap";
		return false;
	}
	chunk->ms[number % BITMAP_BITS] = mp;
	/* relaxed: put publishes it, and the m's entry in ms. */
	atomic_store_explicit(&mp->schedlink, (struct m *)chunk, memory_order_relaxed);
	return true;
}

/* Takes an m of the chunk. In the hinted chunk it prefers the m that this thread put last, which is
 * in the CPU's cache. NULL: no m of the chunk is parked. *left: bits that stay. */
static struct m *take(struct chunk *chunk, uint32_t *left)
{
	/* relaxed: a guess; the exchange checks it. */
	uint64_t word = atomic_load_explicit(&chunk->word, memory_order_relaxed);
	for (uint32_t bits; (bits = (uint32_t)word) != 0;) {
		uint32_t bit = bits & UINT32_C(1) << hint % BITMAP_BITS;
		if (bit == 0)
			bit = bits & -bits;
		/* seq_cst: ordered against the loads in others_empty, for the argument above. As
		 * acquire, it pairs with the release in put, for the m's contents and its entry in
		 * ms. That put's release sequence continues through the read-modify-writes in
		 * between. relaxed on failure: again a guess. */
		if (atomic_compare_exchange_weak_explicit(&chunk->word, &word, word & ~(uint64_t)bit, memory_order_seq_cst,
							  memory_order_relaxed)) {
			*left = bits & ~bit;
			return chunk->ms[__builtin_ctz(bit)];
		}
	}
	return NULL;
}

/* Reports whether all words but that chunk's are empty. */
static bool others_empty(struct list *l, const struct chunk *own)
{
	for (uint32_t n = chunks(l); n-- > 0;) {
		struct chunk *chunk = chunk_at(l, n);
		/* seq_cst: comes after the exchange in take, for the argument above. */
		if (chunk != NULL && chunk != own && (uint32_t)atomic_load_explicit(&chunk->word, memory_order_seq_cst) != 0)
			return false;
	}
	return true;
}

/* NULL: each word was empty when this looked at it. */
static struct m *search(struct list *l, bool *last)
{
	uint32_t n = chunks(l), at = hint / BITMAP_BITS, left;
	for (uint32_t i = 0; i < n; i++, at++) {
		if (at >= n)
			at = 0;
		struct chunk *chunk = chunk_at(l, at);
		struct m *mp = chunk == NULL ? NULL : take(chunk, &left);
		if (mp == NULL)
			continue;
		if (extram_unlikely(i > 0))
			hint = at * BITMAP_BITS; /* the next get skips the words that were empty */
		*last = left == 0 && others_empty(l, chunk);
		return mp;
	}
	return NULL;
}

/* Sums over the words. Returns the number of parked ms. *puts: the puts so far, modulo 2^32. */
static uint32_t scan(struct list *l, uint32_t *puts)
{
	uint32_t parked = 0;
	*puts = 0;
	for (uint32_t n = chunks(l), i = 0; i < n; i++) {
		struct chunk *chunk = chunk_at(l, i);
		/* acquire: pairs with put, and with the exchange in take as a release. A scan that
		 * sees a word emptied is followed by one that sees what the emptying thread put
		 * before. So a scan's loads are in order, and the proof by two scans in a row needs
		 * that. */
		uint64_t word = chunk == NULL ? 0 : atomic_load_explicit(&chunk->word, memory_order_acquire);
		parked += (uint32_t)__builtin_popcount((uint32_t)word);
		*puts += (uint32_t)(word >> 32);
	}
	return parked;
}

/* True: the list was empty at some instant of this call. False: an m is parked, or was put
 * meanwhile. */
static bool was_empty(struct list *l)
{
	uint32_t before, after;
	return scan(l, &before) == 0 && scan(l, &after) == 0 && before == after;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	struct m *mp;
	while (extram_unlikely((mp = search(l, last)) == NULL)) {
		*last = true;
		if (nilokay && was_empty(l))
			return NULL;
		if (!nilokay)
			extram_wait(&l->base, &waiter);
	}
	extram_waited(&l->base, &waiter);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	/* relaxed, both: only admit writes them, before the put. */
	uint32_t number = atomic_load_explicit(&mp->depth, memory_order_relaxed);
	struct chunk *chunk = (struct chunk *)atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
	hint = number;
	/* release: pairs with the exchange in take. The bit is 0, so adding it sets it. */
	atomic_fetch_add_explicit(&chunk->word, ONE_PUT + (UINT64_C(1) << number % BITMAP_BITS), memory_order_release);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	uint32_t puts;
	return scan((struct list *)list, &puts);
}

const struct extram_strategy extram_bitmap = {
    .name = "bitmap",
    .summary = "a growable bitmap: a bit is a parked m; no links, no ABA",
    .properties = EXTRAM_LOCK_FREE | EXTRAM_LAST_ALONE,
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
