/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Concurrency Kit's ring for many producers and consumers.
 *
 * Source: ck_ring.h, ck_ring_enqueue_mpmc and ck_ring_dequeue_mpmc. A producer that stops between
 * reserving its place and filling it blocks all later ones.
 *
 *   c_head   ms taken so far
 *   p_head   places reserved so far
 *   p_tail   places filled, with all before them; c_head == p_tail: empty
 */
#include <ck_ring.h>
#include <stdlib.h>

#include "wait.h"

#define PLACES (1U << 17) /* one stays free */

struct list {
	struct extram_list base;
	ck_ring_buffer_t *buffer;
	_Atomic uint32_t admitted;
	_Alignas(EXTRAM_APART) ck_ring_t ring;
};

static inline struct m *pop(struct list *l, bool *last)
{
	struct m *mp = NULL;
	bool got = ck_ring_dequeue_mpmc(&l->ring, l->buffer, (void *)&mp);
	/* Read after the get: also true if others took the rest meanwhile, or are about to put. */
	*last = !got || ck_ring_size(&l->ring) == 0;
	return got ? mp : NULL;
}

static inline void push(struct list *l, struct m *mp)
{
	/*
	 * Full only briefly: there is a place for each admitted m, but a place is freed slightly
	 * after its m.
	 */
	while (!ck_ring_enqueue_mpmc(&l->ring, l->buffer, mp))
		EXTRAM_YIELD();
}

#include "peer.h"

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->admitted, 0);
	ck_ring_init(&l->ring, PLACES);
	l->buffer = calloc(PLACES, sizeof(*l->buffer));
	if (l->buffer == NULL)
		*why = "no memory for the ring";
	return l->buffer != NULL;
}

static void fini(struct extram_list *list)
{
	free(((struct list *)list)->buffer);
}

static bool admit(struct extram_list *list, struct m *mp, const char **why)
{
	(void)mp;
	*why = "the ring is full";
	/* relaxed: a counter; no data goes with it. */
	return atomic_fetch_add_explicit(&((struct list *)list)->admitted, 1, memory_order_relaxed) < PLACES - 1;
}

static uint32_t length(struct extram_list *list)
{
	return ck_ring_size(&((struct list *)list)->ring);
}

const struct extram_strategy extram_ck_ring = {
    .name = "ck_ring",
    .summary = "Concurrency Kit's ring, mpmc",
    .properties = EXTRAM_CPU_EACH,
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
    .capacity = PLACES - 1,
};
