/* SPDX-License-Identifier: BSD-3-Clause */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "lacks.h"

#define SEEN UINT64_MAX /* a value of procid that is no thread id */

static bool complain(const struct extram_strategy *strategy, const char *why)
{
	fprintf(stderr, "extram-bench: %s: %s\n", strategy->name, why);
	return false;
}

static bool add_bare_m(struct rig *rig, const char **why)
{
	const struct extram_strategy *strategy = rig->rt.strategy;
	struct needm_m *mp = needm_take_m(&rig->rt.memory);
	if (mp == NULL) {
		*why = "no memory for an m";
		return false;
	}
	if (!strategy->admit(rig->rt.list, &mp->m, why))
		return false; /* freed with the arena */
	strategy->put(rig->rt.list, &mp->m);
	/* relaxed: no other thread uses it yet. */
	atomic_fetch_add_explicit(&rig->rt.created, 1, memory_order_relaxed);
	return true;
}

static bool add_m(struct rig *rig, const char **why)
{
	return rig->level == RIG_CALLBACK ? one_new_extra_m(&rig->rt, why) : add_bare_m(rig, why);
}

static bool init_bare(struct rig *rig, const struct extram_strategy *strategy, const char **why)
{
	size_t bytes = (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	rig->rt.strategy = strategy;
	rig->rt.list = rig->rt.memory.alloc(rig->rt.memory.context, bytes, EXTRAM_APART);
	if (rig->rt.list == NULL) {
		*why = "no memory for the list";
		return false;
	}
	return strategy->init(rig->rt.list, why); /* the list is freed with the arena */
}

static bool fill(struct rig *rig, const struct rig_plan *plan, const char **why)
{
	bool filled = true;
	topology_bind(plan->topology, plan->placement, 0);
	while (filled && rig_created(rig) < plan->prefill)
		filled = add_m(rig, why);
	plan->strategy->thread_exit(rig->rt.list); /* this thread must not keep an m */
	topology_unbind(plan->topology);
	return filled;
}

struct rig *rig_new(const struct rig_plan *plan)
{
	const struct extram_strategy *strategy = plan->strategy;
	const char *why = "no memory, or jemalloc cannot make an arena";
	struct rig *rig = calloc(1, sizeof(*rig));
	if (rig == NULL || !arena_init(&rig->arena, plan->topology, plan->homed ? plan->home : TOPOLOGY_ANY_NODE))
		goto no_arena;
	rig->level = plan->level;
	rig->rt.memory = arena_memory(&rig->arena);
	rig->rt.memory.layout = plan->layout;
	bool made = plan->level == RIG_CALLBACK ? needm_init(&rig->rt, strategy, &rig->rt.memory, &why) : init_bare(rig, strategy, &why);
	if (!made)
		goto no_list;
	if (fill(rig, plan, &why) && arena_is_home(&rig->arena, &why))
		return rig;
	strategy->fini(rig->rt.list);
no_list:
	arena_fini(&rig->arena);
no_arena:
	free(rig);
	complain(strategy, why);
	return NULL;
}

void rig_free(struct rig *rig)
{
	rig->rt.strategy->fini(rig->rt.list);
	arena_fini(&rig->arena); /* frees the list and every m */
	free(rig);
}

uint32_t rig_created(struct rig *rig)
{
	/* relaxed: the threads have been joined. */
	return atomic_load_explicit(&rig->rt.created, memory_order_relaxed);
}

size_t rig_bytes(struct rig *rig)
{
	return arena_allocated(&rig->arena) - arena_size(&rig->arena, rig->rt.list);
}

bool rig_conserved(struct rig *rig)
{
	const struct extram_strategy *strategy = rig->rt.strategy;
	uint32_t created = rig_created(rig);
	const char *why;
	if (!arena_is_home(&rig->arena, &why))
		return complain(strategy, why);
	uint32_t length = strategy->length(rig->rt.list);
	uint32_t got = 0;
	bool last;
	for (struct m *mp; (mp = strategy->get(rig->rt.list, true, &last)) != NULL; got++) {
		if (needm_of(mp)->procid == SEEN)
			return complain(strategy, "an m is on the list twice");
		needm_of(mp)->procid = SEEN;
	}
	bool counts = (strategy->properties & EXTRAM_NO_LENGTH) == 0;
	if (got == created && (counts ? length == created : (length > 0) == (created > 0)))
		return true;
	fprintf(stderr, "extram-bench: %s: %u ms were made, but length is %u and %u are on the list\n", strategy->name, created, length,
		got);
	return false;
}
