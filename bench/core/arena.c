/* SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int flags(const struct arena *arena)
{
	return MALLOCX_ARENA(arena->index) | MALLOCX_TCACHE_NONE;
}

/* jemalloc takes this for a member of the hooks, so the arena is around them. */
static struct arena *around(extent_hooks_t *hooks)
{
	return (struct arena *)((char *)hooks - offsetof(struct arena, hooks));
}

/* Pages from jemalloc's own hook, which are bound before anybody touches them. */
static void *alloc_at_home(extent_hooks_t *hooks, void *at, size_t bytes, size_t align, bool *zero, bool *commit, unsigned index)
{
	struct arena *arena = around(hooks);
	void *pages = arena->alloc(hooks, at, bytes, align, zero, commit, index);
	if (pages != NULL && !topology_home(arena->topology, pages, bytes, arena->home))
		/* relaxed: read when all threads have been joined. */
		atomic_store_explicit(&arena->elsewhere, true, memory_order_relaxed);
	return pages;
}

bool arena_init(struct arena *arena, const struct topology *topology, uint32_t home)
{
	size_t size = sizeof(arena->index);
	extent_hooks_t *usual = NULL;
	arena->topology = topology;
	arena->home = home;
	if (mallctl("arenas.create", &arena->index, &size, NULL, 0) != 0)
		return false;
	if (home == TOPOLOGY_ANY_NODE)
		return true;
	char name[64];
	snprintf(name, sizeof(name), "arena.%u.extent_hooks", arena->index);
	size = sizeof(extent_hooks_t *);
	extent_hooks_t *mine = &arena->hooks;
	if (mallctl(name, &usual, &size, NULL, 0) != 0)
		return false;
	arena->hooks = *usual;
	arena->alloc = usual->alloc;
	arena->hooks.alloc = alloc_at_home;
	return mallctl(name, NULL, NULL, &mine, sizeof(extent_hooks_t *)) == 0;
}

bool arena_room(char **argv)
{
	static const char fewer[] = "narenas:1024"; /* a later setting is the one that counts */
	const char *set = getenv("MALLOC_CONF");
	struct arena arena;
	char text[1024];
	if (arena_init(&arena, NULL, TOPOLOGY_ANY_NODE)) {
		arena_fini(&arena);
		return true;
	}
	if (set == NULL || strstr(set, fewer) == NULL) {
		snprintf(text, sizeof(text), "%s%s%s", set == NULL ? "" : set, set == NULL ? "" : ",", fewer);
		setenv("MALLOC_CONF", text, true);
		execv("/proc/self/exe", argv);
	}
	fprintf(stderr, "extram-bench: jemalloc cannot make an arena\n");
	return false;
}

bool arena_is_home(const struct arena *arena, const char **why)
{
	*why = "the kernel does not bind memory to this NUMA node";
	/* relaxed: the threads have been joined. */
	return !atomic_load_explicit(&arena->elsewhere, memory_order_relaxed);
}

void arena_fini(struct arena *arena)
{
	char name[64];
	snprintf(name, sizeof(name), "arena.%u.destroy", arena->index);
	mallctl(name, NULL, NULL, NULL, 0);
}

static void *arena_alloc(void *context, size_t bytes, size_t align)
{
	return mallocx(bytes, flags(context) | MALLOCX_ALIGN(align));
}

static void arena_free(void *context, void *p, size_t bytes)
{
	(void)bytes;
	dallocx(p, flags(context));
}

struct needm_memory arena_memory(struct arena *arena)
{
	return (struct needm_memory){arena_alloc, arena_free, arena, NEEDM_LAYOUT_1_19};
}

static size_t statistic(const struct arena *arena, const char *what)
{
	char name[64];
	size_t value = 0;
	size_t size = sizeof(value);
	snprintf(name, sizeof(name), "stats.arenas.%u.%s", arena->index, what);
	return mallctl(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

size_t arena_size(const struct arena *arena, const void *p)
{
	return sallocx(p, flags(arena));
}

size_t arena_allocated(struct arena *arena)
{
	/* Statistics are a snapshot. Writing the epoch refreshes it. */
	uint64_t epoch = 1;
	mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	return statistic(arena, "small.allocated") + statistic(arena, "large.allocated");
}
