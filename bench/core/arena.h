/* SPDX-License-Identifier: BSD-3-Clause */
/* A jemalloc arena for one block's ms. It counts their bytes apart from the harness's own. */
#ifndef BENCH_ARENA_H
#define BENCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include <jemalloc/jemalloc.h>

#include "needm.h"
#include "topology.h"

struct arena {
	unsigned index;
	const struct topology *topology; /* of home */
	uint32_t home;                   /* NUMA node; TOPOLOGY_ANY_NODE: where a thread first touches it */
	_Atomic bool elsewhere;          /* some pages could not be bound to it */
	extent_hooks_t hooks;            /* those of jemalloc, but for alloc */
	extent_alloc_t *alloc;           /* jemalloc's own */
};

/*
 * Makes an arena. home: the NUMA node of its pages, which topology_can_home allows, or
 * TOPOLOGY_ANY_NODE. The arena must stay where it is in memory. Thread-safe. False: jemalloc made
 * none.
 */
bool arena_init(struct arena *arena, const struct topology *topology, uint32_t home);

/*
 * Call first of all. jemalloc makes itself four arenas for each CPU, of 4094 at most: with 1024
 * CPUs it makes no further one. Then this starts the program again, with 1024 for jemalloc. argv:
 * main's. False: jemalloc makes none even so, and that was printed.
 */
bool arena_room(char **argv);

/* Reports whether all pages so far could be bound as asked. False: *why is the reason. */
bool arena_is_home(const struct arena *arena, const char **why);

/* Frees the arena and everything allocated from it. Not thread-safe. */
void arena_fini(struct arena *arena);

/*
 * An allocator for needm.h, with ms as in Go 1.19. It bypasses jemalloc's thread caches, so that
 * the count is exact. The arena must outlive it.
 */
struct needm_memory arena_memory(struct arena *arena);

/* Bytes that an allocation takes of these. */
size_t arena_size(const struct arena *arena, const void *p);

/* Bytes in use, as jemalloc counts them (rounded up to its size classes). */
size_t arena_allocated(struct arena *arena);

#endif
