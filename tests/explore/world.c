/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "memory.h"
#include "search.h"
#include "world_inside.h"

struct world world;
static size_t list_bytes;

bool world_open(const struct extram_strategy *s, const struct client *c)
{
	world.strategy = s;
	world.client = c;
	list_bytes = (s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	judge_reset();
	for (int i = 0; i < world_lists(); i++)
		if ((world.lists[i] = aligned_alloc(EXTRAM_APART, list_bytes)) == NULL)
			return false;
	return true;
}

void world_close(void)
{
	for (int i = 0; i < WORLD_LISTS; i++) {
		free(world.lists[i]);
		world.lists[i] = NULL;
	}
}

static void reset(void)
{
	trace_forget();
	history_reset();
	memory_reset();
	sim_reset();
	memset(world.parked, 0, sizeof(world.parked));
	memset(world.used, 0, sizeof(world.used));
	memset(world.users, 0, sizeof(world.users));
	world.waits = world.taken = 0;
	world.fresh = 0;
	world.last_stamp = 0;
	atomic_init(&world.stage, 0);
}

static void name_places(void)
{
	static const char *const names[WORLD_MS] = {"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"};
	size_t heap_bytes;
	const void *heap = sim_heap(&heap_bytes);
	trace_name(heap, heap_bytes, "heap");
	trace_name(world.lists[0], list_bytes, "list");
	if (world_lists() > 1)
		trace_name(world.lists[1], list_bytes, "other");
	for (int i = 0; i < WORLD_MS; i++)
		trace_name(&world.ms[i], sizeof(world.ms[i]), names[i]);
}

static void park(int i)
{
	world.parked[i] = true;
	world.strategy->put(world.lists[world_owner(world.client, i)], &world.ms[i].m);
}

static void begin_list(int i)
{
	const char *why = "no reason given";
	memset((void *)world.lists[i], 0xa5, list_bytes); /* the same garbage in each run */
	if (!world.strategy->init(world.lists[i], &why))
		sim_fail("init: %s", why);
}

static void begin(void)
{
	int own = WORLD_MS - world.client->other;
	reset();
	name_places();
	memset((void *)world.ms, 0xa5, sizeof(world.ms)); /* as in begin_list */
	for (int i = 0; i < world_lists(); i++)
		begin_list(i);
	for (int i = 0; i < WORLD_MS; i++) {
		world.ms[i].stamp = world.stamps[i] = 0;
		if (i < own - world.client->late || i >= own)
			world_admit_nth(i);
	}
	while (world.fresh < world.client->parked)
		park(world.fresh++);
	for (int i = own; i < WORLD_MS; i++)
		park(i);
	for (int i = 0; i < world_lists(); i++)
		world.strategy->thread_exit(world.lists[i]);
	if (world.client->begin != NULL)
		world.client->begin();
}

static void end(void)
{
	for (int i = 0; i < world_lists(); i++)
		judge_list(&(struct judged){world.strategy, world.client, world.lists[i], i, world.ms, world.stamps, world.parked,
					    world.waits, world.taken});
	for (int i = 0; i < world_lists(); i++)
		world.strategy->fini(world.lists[i]);
	if (sim_blocks() > 0)
		sim_fail("%u blocks of memory were not given back", sim_blocks());
}

static void run_thread(int id)
{
	world.client->bodies[id]();
}

static void run(void)
{
	search_begin();
	begin();
	schedule_begin(world.client->threads);
	sim_run(run_thread, world.client->threads);
	end();
}

bool world_run(void)
{
	return sim_try(run);
}
