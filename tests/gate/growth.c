/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For growth.py: a block of each strategy, a thread for each CPU of a machine that has as many as
 * the argument says. Each thread runs one pair. Prints the strategies' names.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "clock.h"
#include "rig.h"
#include "spin.h"

#define ALONE static __attribute__((noinline)) /* growth.py finds it by its name */

static uint32_t cpus;
static struct topology *topology;

/* In place of the C library's: strategies with a list for each CPU make so many. */
int sched_getaffinity(pid_t thread, size_t bytes, cpu_set_t *set)
{
	(void)thread;
	memset(set, 0, bytes);
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		CPU_SET_S(cpu, bytes, set);
	errno = EINVAL;
	return bytes * 8 < cpus ? -1 : 0;
}

/* Makes the list and runs the block. NULL: the cause was printed. */
ALONE struct rig *growth_block(const struct loops *loops)
{
	static const _Atomic bool never;
	struct block_result result;
	const struct rig_plan list = {.strategy = loops->strategy, .level = RIG_CALLBACK, .prefill = cpus + 1, .topology = topology};
	struct rig *rig = rig_new(&list);
	if (rig == NULL)
		return NULL;
	const struct block_plan plan = {.run = loops->run[LOOPS_CALLBACK],
					.rt = &rig->rt,
					.topology = topology,
					.threads = cpus,
					.block_ms = 1,
					.window_us = 1000,
					.pairs = 1,
					.abort = &never};
	return block_run(&plan, &result, NULL) == BLOCK_DONE ? rig : NULL;
}

/* Takes each m off the list. */
ALONE bool growth_check(struct rig *rig)
{
	bool ok = rig_conserved(rig);
	rig_free(rig);
	return ok;
}

int main(int argc, char **argv)
{
	char machine[32];
	cpus = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	snprintf(machine, sizeof(machine), "pu:%u", cpus);
	topology = topology_open_shown(machine, TOPOLOGY_PERFORMANCE);
	bool ok = topology != NULL;
	clock_init();
	spin_init();
	for (int i = 0; ok && loops_all[i] != NULL; i++) {
		if (loops_all[i]->peer)
			continue;
		struct rig *rig = growth_block(loops_all[i]);
		ok = rig != NULL && growth_check(rig);
		puts(loops_all[i]->strategy->name);
	}
	if (topology != NULL)
		topology_close(topology);
	return ok ? 0 : 1;
}
