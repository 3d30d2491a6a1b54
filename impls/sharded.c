/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Treiber stacks, one per CPU. A thread uses the stack that is its home, and the others when that
 * is empty. No restartable sequences.
 *
 * Family: caches and shards.
 * Copy with: cpu_numbers.h extram.h tagged.h wait.h
 * Source: treiber.c, several times, as in sharded allocators and Boyer and Kaplan's distributed
 * pools. A get that finds its home empty steals (Manber, On maintaining dynamic information in a
 * concurrent environment, SIAM J. Comput. 1986).
 *
 *   head of a shard   bits 63..22   address of the top m, bits 47..6 of it; 0: empty
 *                     bits 21..0    tag: goes up by one with every put, stays at a get
 *   depth of an m     how many ms are below it in its shard
 *   shards            a power of 2, at least as many as CPUs; then the spare shard, which is no
 *                     thread's home
 *   home              of a thread: 1 + its turn among the threads that came; 0: it has not come
 *                     yet. The same for all lists
 *
 * put uses the spare shard if that is empty, otherwise the home. get looks at its home, at the
 * others, and at the spare shard last. So if there is at least one m more than threads use at a
 * time, the spare shard keeps an m that no get takes. A pair then writes its home and reads the
 * spare head. With fewer ms, each get that empties its shard looks at all of them.
 *
 * last is "this get left its shard empty, then saw each other shard empty". It may be true although
 * another thread put an m in a shard that the get had already looked at. An empty list is always
 * reported: of two gets that empty the last two shards, the second in the order of all seq_cst
 * operations finds the other's shard empty. The same holds for a length, called by the thread that
 * was told last, and a get of an m that this length still counted.
 *
 * NULL means two equal looks at all heads, all empty: a put in between would have changed a tag.
 * For tags, and for links of ms that are gone, see treiber.c.
 */
#include <stdlib.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "tagged.h"
#include "wait.h"

struct shard {
	_Alignas(EXTRAM_APART) _Atomic uint64_t head;
};

struct list {
	struct extram_list base; /* with the next two: read-mostly */
	struct shard *shards;
	uint32_t homes; /* the spare shard is the one after them */
	_Alignas(EXTRAM_APART) _Atomic uint32_t came;
};

static _Thread_local uint32_t home;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	uint32_t cpus = EXTRAM_CPUS();
	extram_init(&l->base);
	atomic_init(&l->came, 0);
	for (l->homes = 1; l->homes < cpus; l->homes *= 2)
		;
	l->shards = aligned_alloc(_Alignof(struct shard), (l->homes + 1) * sizeof(struct shard));
	*why = "no memory for the shards";
	for (uint32_t i = 0; l->shards != NULL && i <= l->homes; i++)
		atomic_init(&l->shards[i].head, tagged_pack(NULL, EXTRAM_COUNT_FROM));
	return l->shards != NULL;
}

static void fini(struct extram_list *list)
{
	free(((struct list *)list)->shards);
}

static uint32_t my_shard(struct list *l)
{
	if (extram_unlikely(home == 0)) /* relaxed: it only takes a turn */
		home = 1 + atomic_fetch_add_explicit(&l->came, 1, memory_order_relaxed);
	return (home - 1) & (l->homes - 1);
}

/* NULL: the shard was empty. *emptied: this call emptied it. */
static struct m *pop(struct shard *s, bool *emptied)
{
	/* acquire: pairs with the release in push, so schedlink below comes from that push or a
	 * later one. */
	uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);
	for (struct m *mp; (mp = tagged_m(head)) != NULL;) {
		/* relaxed: the m may belong to another thread by now. Then the head (top or tag)
		 * has changed, and the exchange fails. */
		struct m *next = atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
		uint64_t rest = tagged_pack(next, head);
		*emptied = next == NULL;
		/* seq_cst: Dekker's pattern: two gets run it against each other, each with the
		 * exchange here and the loads in saw_empty. As acquire, it pairs with the release
		 * in push, for mp's contents. acquire on failure: the next round's head. */
		if (atomic_compare_exchange_weak_explicit(&s->head, &head, rest, memory_order_seq_cst, memory_order_acquire))
			return mp;
	}
	return NULL;
}

static struct m *pop_any(struct list *l, bool *emptied)
{
	uint32_t mine = my_shard(l);
	struct m *mp = NULL;
	for (uint32_t i = 0; i < l->homes && mp == NULL; i++)
		mp = pop(&l->shards[(mine + i) & (l->homes - 1)], emptied);
	return mp != NULL ? mp : pop(&l->shards[l->homes], emptied);
}

/* Looks at the shards, the spare one first, until one has an m. True: all were empty. *tags: the
 * sum of the tags, which each put changes. */
static bool saw_empty(struct list *l, uint64_t *tags)
{
	*tags = 0;
	for (uint32_t i = l->homes + 1; i-- > 0;) {
		/* seq_cst: see pop. As acquire, it pairs with the exchanges of pop and push, so the
		 * looks are in order. */
		uint64_t head = atomic_load_explicit(&l->shards[i].head, memory_order_seq_cst);
		if (tagged_m(head) != NULL)
			return false;
		*tags += head;
	}
	return true;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	struct m *mp;
	bool emptied = true;
	uint64_t before, tags;
	while (extram_unlikely((mp = pop_any(l, &emptied)) == NULL)) {
		*last = true;
		if (!nilokay)
			extram_wait(&l->base, &waiter);
		else if (saw_empty(l, &before) && saw_empty(l, &tags) && before == tags)
			return NULL;
	}
	extram_waited(&l->base, &waiter);
	*last = emptied && saw_empty(l, &tags);
	return mp;
}

static void push(struct shard *s, struct m *mp)
{
	/* acquire: pairs with the release in push, for the depth of the m below. */
	uint64_t mine, head = atomic_load_explicit(&s->head, memory_order_acquire);
	do {
		struct m *next = tagged_m(head);
		/* relaxed: stale if next is gone; then the exchange fails. */
		uint32_t below = next == NULL ? 0 : atomic_load_explicit(&next->depth, memory_order_relaxed) + 1;
		/* relaxed, both: the exchange publishes them. A late reader, from an earlier time
		 * on the list, throws away what it reads. */
		atomic_store_explicit(&mp->schedlink, next, memory_order_relaxed);
		atomic_store_explicit(&mp->depth, below, memory_order_relaxed);
		mine = tagged_pack(mp, head + 1);
		/* release: pairs with the acquires in pop, push, saw_empty and length. acquire on
		 * failure: the value is the next round's head. */
	} while (!atomic_compare_exchange_weak_explicit(&s->head, &head, mine, memory_order_release, memory_order_acquire));
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct shard *spare = &l->shards[l->homes];
	/* relaxed: a hint. Two puts that see it empty give it two ms. */
	bool lacks = tagged_m(atomic_load_explicit(&spare->head, memory_order_relaxed)) == NULL;
	push(extram_unlikely(lacks) ? spare : &l->shards[my_shard(l)], mp);
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	uint32_t n = 0;
	for (uint32_t i = 0; i <= l->homes; i++) {
		/* seq_cst: ordered against the get whose m this still counts; see pop. Acquires
		 * from push, for the depth. */
		n += tagged_count(tagged_m(atomic_load_explicit(&l->shards[i].head, memory_order_seq_cst)));
	}
	return n;
}

const struct extram_strategy extram_sharded = {
    .name = "sharded",
    .summary = "a Treiber stack per CPU, used by thread, and a spare one; steals when its own is empty",
    .properties = EXTRAM_LOCK_FREE | EXTRAM_LAST_ALONE,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = tagged_admit,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
    .address_bits = TAGGED_ADDRESS,
};
