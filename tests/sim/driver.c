/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver.h"

#define CPUS 2

struct driver_saw driver_saw;
int driver_aborts, driver_signals;

static void (*run_body)(int id);
static int count;

static void run(void)
{
	sim_reset();
	sim_run(run_body, count);
}

bool driver_run(void (*body)(int id), int n)
{
	driver_saw = (struct driver_saw){0};
	run_body = body;
	count = n;
	return sim_try(run);
}

static bool ready(int id)
{
	const struct sim_thread *t = sim_thread(id);
	return !t->ended && t->waits_for == NULL;
}

int driver_next(enum sim_why why, long us)
{
	int self = sim_self == NULL ? count - 1 : sim_self->id;
	driver_saw.turns[why]++;
	driver_saw.slept += us;
	for (int i = 1; i <= count; i++)
		if (ready((self + i) % count))
			return (self + i) % count;
	sim_fail("all threads are blocked");
}

void driver_access(struct sim_access *a)
{
	sim_perform(a);
	driver_saw.kinds[a->kind]++;
	driver_saw.access = *a;
}

void driver_plain(const volatile void *p, unsigned bytes, bool write, const void *site)
{
	(void)write, (void)site;
	driver_saw.plain++;
	driver_saw.plain_at = p;
	driver_saw.plain_bytes = bytes;
}

void driver_event(enum sim_event event, const void *object)
{
	(void)object;
	driver_saw.events[event]++;
}

bool driver_sleeps(void)
{
	return true;
}

int driver_waiter(enum sim_event event, struct sim_thread *const *waiters, int n)
{
	(void)event, (void)waiters, (void)n;
	return 0;
}

void driver_woken(struct sim_thread *t)
{
	(void)t;
	driver_saw.woken++;
}

bool driver_disturb(void)
{
	if (sim_self->cpu < 0)
		sim_place(sim_self, sim_self->id % CPUS);
	return sim_self->in_section && driver_aborts > 0 && driver_aborts-- > 0;
}

bool driver_signal(void)
{
	return driver_signals > 0 && driver_signals-- > 0;
}

void driver_barrier(int cpu)
{
	(void)cpu;
	driver_saw.barriers++;
}

int driver_cpus(void)
{
	return CPUS;
}
