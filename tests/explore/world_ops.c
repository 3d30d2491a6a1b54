/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of a client: see world.h. */
#include <string.h>

#include "world_inside.h"

int world_m_number(const struct world_m *p)
{
	return (int)(p - world.ms);
}

int world_mine(void)
{
	return sim_self == NULL ? 0 : world.used[sim_self->id];
}

int world_lists(void)
{
	return world.client->other > 0 ? 2 : 1;
}

struct history_op *world_call(enum history_kind kind, int m)
{
	schedule_self()->waited = false;
	return history_call(kind, world_mine(), m);
}

/* After an operation: fails if it waited for another thread against the strategy's promise. */
static void check_waited(const char *operation)
{
	if (schedule_self()->waited && world.strategy->properties & EXTRAM_LOCK_FREE)
		sim_fail("%s waited for another thread, and the strategy promises to be lock-free", operation);
}

void world_took(struct history_op *op, const struct world_m *p)
{
	if (p < world.ms || p >= world.ms + WORLD_MS || &world.ms[world_m_number(p)] != p)
		world_fail("get returned something that is no m");
	op->m = world_m_number(p);
	if (world_owner(world.client, op->m) != op->list)
		sim_fail("m%d comes out of another list than its own", op->m);
	if (!world.parked[op->m])
		sim_fail("m%d has two owners, or was never put", op->m);
	if (world.users[op->m] > 0)
		sim_fail("m%d has two owners: a handler of thread %d uses it", op->m, world.user[op->m]);
	world.parked[op->m] = false;
	world.owner[op->m] = op->thread;
}

struct world_m *world_get(bool nilokay, bool *last)
{
	struct history_op *op = world_call(HISTORY_GET, HISTORY_NONE);
	op->nilokay = nilokay;
	bool l = false;
	struct m *mp = world.strategy->get(world.lists[world_mine()], nilokay, &l);
	struct world_m *p = (struct world_m *)mp;
	op->last = *last = l;
	/* A get counts itself and looks again before a futex puts it to sleep. In that case no
	 * thread saw it wait. */
	world.waits += !nilokay && (schedule_self()->waited || strcmp(world.strategy->waiting, "futex") == 0);
	if (nilokay)
		check_waited("get");
	if (mp == NULL && !nilokay)
		world_fail("a get that must wait returned NULL");
	if (mp != NULL)
		world_took(op, p);
	history_return(op);
	return p;
}

void world_put(struct world_m *p)
{
	struct history_op *op = world_call(HISTORY_PUT, world_m_number(p));
	world.parked[op->m] = true;
	world.strategy->put(world.lists[world_mine()], &p->m);
	check_waited("put");
	history_return(op);
}

uint32_t world_length(void)
{
	struct history_op *op = world_call(HISTORY_LENGTH, HISTORY_NONE);
	op->length = world.strategy->length(world.lists[world_mine()]);
	check_waited("length");
	history_return(op);
	return op->length;
}

static void exit_from(int i)
{
	if (!(world.strategy->properties & EXTRAM_KEEPS)) {
		world.strategy->thread_exit(world.lists[i]);
		return;
	}
	struct history_op *op = history_call(HISTORY_EXIT, i, HISTORY_NONE);
	world.strategy->thread_exit(world.lists[i]);
	history_return(op);
}

void world_thread_exit(void)
{
	for (int i = 0; i < world_lists(); i++)
		exit_from(i);
}

void world_settle(void)
{
	if (world.strategy->properties & EXTRAM_KEEPS)
		world_thread_exit();
}

int world_use(int list)
{
	int before = world.used[sim_self->id];
	world.used[sim_self->id] = list;
	return before;
}

void world_admit_nth(int i)
{
	const char *why = "no reason given";
	if (!world.strategy->admit(world.lists[world_owner(world.client, i)], &world.ms[i].m, &why))
		sim_fail("admit: %s", why);
}

void world_admit(struct world_m *p)
{
	schedule_self()->waited = false;
	world_admit_nth(world_m_number(p));
	if (schedule_self()->waited)
		sim_fail("admit waited for another thread");
}

struct world_m *world_fresh(void)
{
	if (world.fresh == WORLD_MS - world.client->other)
		world_fail("more ms are made than anyone could wait for");
	return &world.ms[world.fresh++];
}

void world_taken(uint32_t n)
{
	world.taken += n;
}

struct extram_list *world_list(void)
{
	return world.lists[world_mine()];
}

_Atomic uint32_t *world_stage(void)
{
	return &world.stage;
}

uint64_t world_stamp(const struct world_m *p)
{
	return world.stamps[world_m_number(p)];
}

uint64_t world_new_stamp(const struct world_m *p)
{
	return world.stamps[world_m_number(p)] = ++world.last_stamp;
}

void world_fail(const char *what)
{
	sim_fail("%s", what);
}
