/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small programs over a list: a few operations per thread, chosen so that an error needs few
 * preemptions to show. An owner writes to its m. A thread that ends calls thread_exit.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "world.h"

static inline struct world_m *client_get(bool nilokay, bool *last)
{
	struct world_m *p = world_get(nilokay, last);
	if (p == NULL)
		return NULL;
	if (p->stamp != world_stamp(p))
		world_fail("an m came without what its last owner wrote");
	p->stamp = world_new_stamp(p);
	return p;
}

static inline struct world_m *client_try_get(void)
{
	bool last;
	return client_get(true, &last);
}

static inline struct world_m *client_need(void)
{
	bool last;
	return client_get(false, &last);
}

static inline void client_put(struct world_m *p)
{
	if (p != NULL)
		world_put(p);
}

static inline void client_put_fresh(void)
{
	struct world_m *p = world_fresh();
	p->stamp = world_new_stamp(p);
	world_put(p);
}

/* An order between threads that no operation on the list makes. Trying it costs no preemption. */
static inline void client_come_to(uint32_t stage)
{
	/* release: pairs with the acquire in wait_for. */
	atomic_store_explicit(world_stage(), stage, memory_order_release);
}

static inline void client_wait_for(uint32_t stage)
{
	/* acquire: pairs with the release in come_to. */
	while (atomic_load_explicit(world_stage(), memory_order_acquire) < stage)
		EXTRAM_YIELD();
}

/* By the thread that has the m, or its handler. */
static inline void client_use(struct world_m *p)
{
	world_uses(p);
	if (p->stamp != world_stamp(p))
		world_fail("an m came without what its last owner wrote");
	p->stamp = world_new_stamp(p);
	/* relaxed: only a place where others may run. */
	(void)atomic_load_explicit(world_stage(), memory_order_relaxed);
	world_used(p);
}

static inline void client_get_put(void)
{
	client_put(client_try_get());
	world_thread_exit();
}

static inline void client_length_get(void)
{
	world_length();
	client_put(client_try_get());
	world_length();
	world_thread_exit();
}

/* Those of other files, each ended by one without a name. See clients_nth. */
extern const struct client clients_apart[], clients_bare[], clients_signals[];

#endif
