/* SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <jemalloc/jemalloc.h>
#include <stdint.h>
#include <stdio.h>

static int flags(const struct arena *arena)
{
	return MALLOCX_ARENA(arena->index) | MALLOCX_TCACHE_NONE;
}

bool arena_init(struct arena *arena)
{
	size_t size = sizeof(arena->index);
	return mallctl("arenas.create", &arena->index, &size, NULL, 0) == 0;
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
	return (struct needm_memory){arena_alloc, arena_free, arena};
}

static size_t statistic(const struct arena *arena, const char *what)
{
	char name[64];
	size_t value = 0;
	size_t size = sizeof(value);
	snprintf(name, sizeof(name), "stats.arenas.%u.%s", arena->index, what);
	return mallctl(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

size_t arena_allocated(struct arena *arena)
{
	/* Statistics are a snapshot. Writing the epoch refreshes it. */
	uint64_t epoch = 1;
	mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	return statistic(arena, "small.allocated") + statistic(arena, "large.allocated");
}
