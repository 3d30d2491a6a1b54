/* SPDX-License-Identifier: BSD-3-Clause */
/* CPUs and membarrier: see schedule.h. */
#include <string.h>

#include "memory.h"
#include "schedule.h"
#include "search.h"

static struct clock clocks[SCHEDULE_CPUS]; /* of the last switch on each */
static struct thread *running[SCHEDULE_CPUS];
static bool used;

void cpus_reset(void)
{
	used = false;
	memset(clocks, 0, sizeof(clocks));
	memset(running, 0, sizeof(running));
}

/* The kernel's switch away from a thread, which is a full barrier. */
static void out(struct thread *t, int cpu)
{
	clock_join(&t->now, &t->acquired);
	clock_join(&clocks[cpu], &t->now);
}

static void enter(struct thread *t, int cpu)
{
	if (running[cpu] != NULL && running[cpu] != t)
		out(running[cpu], cpu);
	running[cpu] = t;
	clock_join(&t->now, &clocks[cpu]);
	sim_place(sim_thread(t->id), cpu);
}

void cpus_switch(struct thread *t)
{
	int cpu = sim_thread(t->id)->cpu;
	if (used && cpu >= 0)
		enter(t, cpu);
}

bool driver_disturb(void)
{
	struct thread *t = schedule_self();
	if (sim_self->cpu < 0) {
		used = true;
		enter(t, (int)search_pick(SEARCH_FREE, SCHEDULE_CPUS));
	}
	int cpu = sim_self->cpu, way = (int)search_pick(SEARCH_PREEMPTION, SCHEDULE_CPUS + sim_self->in_section);
	if (way > 0 && way < SCHEDULE_CPUS) {
		out(t, cpu);
		running[cpu] = NULL;
		enter(t, (cpu + way) % SCHEDULE_CPUS);
	}
	return way > 0;
}

int driver_cpus(void)
{
	return SCHEDULE_CPUS;
}

static uint32_t on(int cpu)
{
	uint32_t mask = 0;
	for (int i = 0; i < schedule_count(); i++)
		if (cpu < 0 || sim_thread(i)->cpu == cpu)
			mask |= 1U << i;
	return mask;
}

/* A thread that left that CPU made its barrier then: the CPU's clock has it. */
void driver_barrier(int cpu)
{
	struct thread *self = schedule_self();
	memory_barrier(on(cpu));
	if (cpu >= 0)
		clock_join(&self->now, &clocks[cpu]);
	for (int i = 0; i < SCHEDULE_CPUS; i++)
		if (cpu < 0 || i == cpu)
			clock_join(&clocks[i], &self->now);
}
