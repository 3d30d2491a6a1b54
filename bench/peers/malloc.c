/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cost of an m from the allocator: with jemalloc, get allocates the bytes of an m and put frees
 * them. It is a floor, since a real m is more than its bytes: it has stacks and an entry in the
 * table of all ms.
 *
 * The ms themselves are reused, so that the guarantees of a list can be tested. A thread keeps the
 * m that it got and put last, unless its get said last. It puts a new m on the shared list.
 *
 *   kept     the kept m; NULL: none
 *   lent     the m of the last get, if the thread may keep it; else NULL
 *   blocks   memory that this thread's gets allocated and its puts have not freed. A thread that
 *            only puts frees nothing until it leaves
 */
#include <jemalloc/jemalloc.h>
#include <pthread.h>

#include "needm.h"

struct list {
	struct extram_list base;
	_Alignas(EXTRAM_APART) pthread_mutex_t lock;
	struct m *head;
	_Atomic uint32_t length; /* written only under the lock */
};

/* The bytes of an m, touched as an m would be. */
struct block {
	struct block *next;
};

static _Thread_local struct m *kept, *lent;
static _Thread_local struct block *blocks;

/* Caller holds the lock. */
static void set_head(struct list *l, struct m *mp, uint32_t delta)
{
	l->head = mp;
	/* relaxed, both: only the lock holder writes it; for other readers it is a hint. */
	uint32_t n = atomic_load_explicit(&l->length, memory_order_relaxed);
	atomic_store_explicit(&l->length, n + delta, memory_order_relaxed);
}

static __attribute__((noinline)) struct m *pop_shared(struct list *l, bool *last)
{
	pthread_mutex_lock(&l->lock);
	struct m *mp = l->head;
	if (mp != NULL)
		/* relaxed: the mutex orders it. */
		set_head(l, atomic_load_explicit(&mp->schedlink, memory_order_relaxed), (uint32_t)-1);
	*last = l->head == NULL;
	pthread_mutex_unlock(&l->lock);
	return mp;
}

static __attribute__((noinline)) void push_shared(struct list *l, struct m *mp)
{
	pthread_mutex_lock(&l->lock);
	/* relaxed: the mutex orders it. */
	atomic_store_explicit(&mp->schedlink, l->head, memory_order_relaxed);
	set_head(l, mp, 1);
	pthread_mutex_unlock(&l->lock);
}

static inline struct m *pop(struct list *l, bool *last)
{
	struct m *mp = kept;
	kept = NULL;
	*last = false;
	if (extram_unlikely(mp == NULL) && (mp = pop_shared(l, last)) == NULL)
		return NULL;
	lent = extram_unlikely(*last) ? NULL : mp;
	struct block *b = mallocx(NEEDM_M_SIZE, MALLOCX_ALIGN(EXTRAM_ALIGN));
	if (extram_likely(b != NULL)) {
		b->next = blocks;
		blocks = b;
	}
	return mp;
}

static inline void free_block(void)
{
	struct block *b = blocks;
	if (extram_unlikely(b == NULL))
		return;
	blocks = b->next;
	free(b);
}

static inline void push(struct list *l, struct m *mp)
{
	free_block();
	if (extram_likely(mp == lent))
		kept = mp;
	else
		push_shared(l, mp);
}

#include "peer.h"

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

static void thread_exit(struct extram_list *list)
{
	if (kept != NULL)
		push_shared((struct list *)list, kept);
	kept = lent = NULL;
	while (blocks != NULL)
		free_block();
	extram_wake(list);
}

static void fini(struct extram_list *list)
{
	kept = lent = NULL;
	pthread_mutex_destroy(&((struct list *)list)->lock);
}

static uint32_t length(struct extram_list *list)
{
	/*
	 * relaxed: a hint while the list is in use. When no thread uses it, the caller's
	 * synchronization orders it.
	 */
	return atomic_load_explicit(&((struct list *)list)->length, memory_order_relaxed);
}

const struct extram_strategy extram_malloc = {
    .name = "malloc",
    .summary = "the cost of an m from the allocator: jemalloc allocates and frees its bytes",
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
