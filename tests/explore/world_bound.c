/* SPDX-License-Identifier: BSD-3-Clause */
/* Ms that are bound to threads, and signal handlers: see world.h. */
#include "world_inside.h"

struct world_m *world_own_get(bool *last)
{
	struct history_op *op = world_call(HISTORY_GET, HISTORY_NONE);
	op->nilokay = true;
	struct m *mp = world.strategy->bound->get(world_list(), &op->last);
	*last = op->last;
	if (schedule_self()->waited)
		world_fail("get of the bound m waited for another thread");
	if (mp == NULL)
		op->kind = HISTORY_NOTHING;
	else
		world_took(op, (struct world_m *)mp);
	history_return(op);
	return (struct world_m *)mp;
}

bool world_own_put(struct world_m *p)
{
	struct history_op *op = world_call(HISTORY_PUT, world_m_number(p));
	world.parked[op->m] = true;
	bool done = world.strategy->bound->put(world_list(), &p->m);
	if (!done) {
		op->kind = HISTORY_NOTHING;
		world.parked[op->m] = false;
	}
	history_return(op);
	return done;
}

struct world_m *world_own_in_use(void)
{
	return (struct world_m *)world.strategy->bound->in_use(world_list());
}

/* A handler that interrupts the thread's own get or put may use an m that is parked for others to
 * see. If another thread gets it meanwhile, its get fails. */
void world_uses(struct world_m *p)
{
	int m = world_m_number(p), self = sim_self->id;
	bool interrupts = schedule_self()->interrupted != NULL;
	if (world.parked[m] ? !interrupts : world.owner[m] != self)
		sim_fail("thread %d uses m%d, which it has not", self, m);
	if (world.users[m] > 0 && world.user[m] != self)
		sim_fail("m%d has two owners: thread %d and thread %d use it", m, world.user[m], self);
	world.user[m] = self;
	world.users[m]++;
}

void world_used(struct world_m *p)
{
	world.users[world_m_number(p)]--;
}

void world_on_signal(void (*handler)(void))
{
	sim_on_signal(handler);
}

struct world_m *world_nth(int i)
{
	return &world.ms[i];
}

struct extram_list *world_list_nth(int i)
{
	return world.lists[i];
}

const struct extram_strategy *world_strategy(void)
{
	return world.strategy;
}
