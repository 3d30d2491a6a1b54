/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sections: the text of rseq.h's sections against a model of a slab, instruction by instruction, on
 * one thread. Slabs run full and empty, are stopped, and the count of pushes wraps around. After
 * each operation the whole table must be what the model says, with a slab beyond it that nobody may
 * touch.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define CPUS 2
#define OPERATIONS 200000

struct model {
	uint32_t pushes, count;
	bool stopped;
	void *slot[RSEQ_SLOTS];
};

static struct rseq_slab slabs[CPUS + 1]; /* the last one is beyond the table */
static struct model model;               /* of the slab of CPU 0, where the program runs */
static char entries[64];
static uint64_t full, empty; /* operations that found it so */

static uint32_t any(uint32_t below)
{
	static uint64_t random = 1;
	random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(random >> 33) % below;
}

static uint64_t word(void)
{
	return (uint64_t)model.pushes << 32 | (model.stopped ? RSEQ_STOP : 0) | model.count;
}

static void store(uint64_t value)
{
	/* relaxed: there is one thread. */
	atomic_store_explicit(&slabs[0].word, value, memory_order_relaxed);
}

static void compare(const char *after)
{
	/* relaxed, all: as in store. */
	uint64_t is = atomic_load_explicit(&slabs[0].word, memory_order_relaxed);
	if (is != word())
		sim_fail("the word is %#llx after %s, not %#llx", (unsigned long long)is, after, (unsigned long long)word());
	if (memcmp(slabs[0].slot, model.slot, model.count * sizeof(void *)) != 0)
		sim_fail("other entries are in the slab after %s", after);
	for (int cpu = 1; cpu <= CPUS; cpu++)
		if (atomic_load_explicit(&slabs[cpu].word, memory_order_relaxed) != 0 || slabs[cpu].slot[0] != NULL)
			sim_fail("the slab of CPU %d has changed after %s", cpu, after);
}

static void push(uint32_t cpus)
{
	void *entry = &entries[any(sizeof(entries))];
	bool fits = cpus > 0 && !model.stopped && model.count < RSEQ_SLOTS;
	full += model.count == RSEQ_SLOTS;
	if (rseq_push(slabs, cpus, entry) != fits)
		sim_fail("a push onto %u entries of %d says %d", model.count, RSEQ_SLOTS, !fits);
	if (fits) {
		model.slot[model.count++] = entry;
		model.pushes++;
	}
	compare("a push");
}

static void pop(uint32_t cpus)
{
	uint32_t left = 0;
	bool gives = cpus > 0 && !model.stopped && model.count > 0;
	void *expected = gives ? model.slot[model.count - 1] : NULL;
	empty += model.count == 0;
	void *entry = rseq_pop(slabs, cpus, &left);
	model.count -= gives;
	if (entry != expected)
		sim_fail("a pop returns another entry than the last one of %u", model.count);
	if (gives && left != model.count)
		sim_fail("a pop leaves %u entries and says %u", model.count, left);
	compare("a pop");
}

/* The other fields of a slab stay as they are. */
static void turn_stop(void)
{
	model.stopped = !model.stopped;
	store(word());
}

/* Mostly pushes, then mostly pops, so that the slab runs full and empty. */
static void operate(uint32_t n)
{
	uint32_t cpus = any(16) == 0 ? 0 : CPUS; /* 0: the CPU's number is beyond the table */
	if (any(40) == 0)
		turn_stop();
	else if (any(8) < (n / 64 % 2 == 0 ? 6U : 2U))
		push(cpus);
	else
		pop(cpus);
}

static void run(void)
{
	model.pushes = UINT32_MAX - 100;
	store(word());
	for (uint32_t n = 0; n < OPERATIONS; n++)
		operate(n);
	if (full < 1000 || empty < 1000 || model.pushes > OPERATIONS)
		sim_fail("the slab was %llu times full, %llu times empty", (unsigned long long)full, (unsigned long long)empty);
}

int main(void)
{
	if (sim_try(run))
		return 0;
	printf("FAILED: %s\n", sim_failure);
	return 1;
}
