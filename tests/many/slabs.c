/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slabs STRATEGY: are the lists of all CPUs used? Puts a different m on each CPU, and then gets one
 * on each: with a list for each CPU it is the same one. Ends with 0 if so.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_numbers.h"
#include "extram.h"

struct spare {
	_Alignas(EXTRAM_ALIGN) struct m m;
};

static bool bind(unsigned cpu)
{
	cpu_set_t *set = CPU_ALLOC(cpu + 1);
	size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
	if (set == NULL)
		return false;
	CPU_ZERO_S(bytes, set);
	CPU_SET_S(cpu, bytes, set);
	bool ok = sched_setaffinity(0, bytes, set) == 0 && sched_getcpu() == (int)cpu;
	CPU_FREE(set);
	return ok;
}

static void fail(const char *what, unsigned cpu)
{
	printf("CPU %u: %s\n", cpu, what);
	exit(1);
}

/* One m for each CPU of the set. */
static struct spare *put_all(const struct extram_strategy *strategy, void *list, const cpu_set_t *set, size_t bytes)
{
	struct spare *all = aligned_alloc(EXTRAM_ALIGN, bytes * 8 * sizeof(*all));
	const char *why;
	for (unsigned cpu = 0; all != NULL && cpu < bytes * 8; cpu++) {
		memset((void *)&all[cpu], 0, sizeof(all[cpu]));
		if (!CPU_ISSET_S(cpu, bytes, set))
			continue;
		if (!bind(cpu))
			fail("cannot bind", cpu);
		if (!strategy->admit(list, &all[cpu].m, &why))
			fail(why, cpu);
		strategy->put(list, &all[cpu].m);
	}
	return all;
}

int main(int argc, char **argv)
{
	const struct extram_strategy *strategy = argc == 2 ? extram_find(argv[1]) : NULL;
	size_t bytes;
	const char *why = "no such strategy";
	cpu_set_t *set = cpu_numbers_allowed(&bytes);
	void *list =
	    strategy == NULL ? NULL : aligned_alloc(EXTRAM_APART, (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART);
	if (set == NULL || list == NULL || !strategy->init(list, &why)) {
		printf("%s\n", why);
		return 2;
	}
	struct spare *all = put_all(strategy, list, set, bytes);
	unsigned same = 0;
	for (unsigned cpu = 0; all != NULL && cpu < bytes * 8; cpu++) {
		bool last;
		if (!CPU_ISSET_S(cpu, bytes, set))
			continue;
		if (!bind(cpu) || strategy->get(list, true, &last) != &all[cpu].m)
			fail("another m, or none", cpu);
		same++;
	}
	printf("%s: %u CPUs got back what was put there\n", strategy->name, same);
	return same == (unsigned)CPU_COUNT_S(bytes, set) ? 0 : 1;
}
