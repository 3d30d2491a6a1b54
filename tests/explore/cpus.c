/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpus.h"

#include <string.h>

#include "memory.h"
#include "fibers.h"
#include "search.h"

static struct clock clocks[CPUS_COUNT]; /* of the last switch on each */
static struct thread *running[CPUS_COUNT];
static bool used;

void cpus_reset(void)
{
	used = false;
	memset(clocks, 0, sizeof(clocks));
	memset(running, 0, sizeof(running));
}

static void abort_others(const struct thread *self, int cpu)
{
	int n;
	struct thread *threads = fibers_threads(&n);
	for (int i = 0; i < n; i++)
		if (threads[i].cpu == cpu && &threads[i] != self)
			threads[i].aborted |= threads[i].in_section;
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
	abort_others(t, cpu);
}

static void leave(struct thread *t)
{
	out(t, t->cpu);
	running[t->cpu] = NULL;
}

int cpus_self(void)
{
	struct thread *t = fibers_self;
	if (t == NULL)
		return 0;
	if (t->cpu < 0) {
		used = true;
		t->cpu = (int)search_pick(SEARCH_FREE, CPUS_COUNT);
		enter(t, t->cpu);
	}
	return t->cpu;
}

void cpus_switch(struct thread *t)
{
	if (used && t->cpu >= 0)
		enter(t, t->cpu);
}

bool cpus_disturb(void)
{
	struct thread *t = fibers_self;
	if (t == NULL)
		return false;
	cpus_self();
	uint32_t way = search_pick(SEARCH_PREEMPTION, t->in_section ? 1 + CPUS_COUNT : CPUS_COUNT);
	if (way > 0 && way < CPUS_COUNT) {
		leave(t);
		t->cpu = (t->cpu + (int)way) % CPUS_COUNT;
		enter(t, t->cpu);
	}
	t->aborted |= way > 0 && t->in_section;
	return t->aborted;
}

static uint32_t everyone(int cpu)
{
	int n;
	(void)cpu;
	fibers_threads(&n);
	return (1U << n) - 1;
}

void cpus_barrier(void)
{
	if (fibers_self == NULL)
		return;
	memory_barrier(everyone, 0);
	for (int cpu = 0; cpu < CPUS_COUNT; cpu++)
		clock_join(&clocks[cpu], &fibers_self->now);
}

static uint32_t on(int cpu)
{
	int n;
	uint32_t mask = 0;
	struct thread *threads = fibers_threads(&n);
	for (int i = 0; i < n; i++)
		if (threads[i].cpu == cpu)
			mask |= 1U << i;
	return mask;
}

/* A thread that left that CPU made its barrier then: the CPU's clock has it. */
void cpus_barrier_rseq(int cpu)
{
	if (fibers_self == NULL)
		return;
	memory_barrier(on, cpu);
	int n;
	struct thread *threads = fibers_threads(&n);
	clock_join(&fibers_self->now, &clocks[cpu]);
	clock_join(&clocks[cpu], &fibers_self->now);
	for (int i = 0; i < n; i++)
		if (threads[i].cpu == cpu)
			threads[i].aborted |= threads[i].in_section;
}
