/* SPDX-License-Identifier: BSD-3-Clause */
/* A jemalloc arena for one block's ms. It counts their bytes apart from the harness's own. */
#ifndef BENCH_ARENA_H
#define BENCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "needm.h"

struct arena {
	unsigned index;
};

/* Makes an arena. Thread-safe. False: jemalloc made none. */
bool arena_init(struct arena *arena);

/* Frees the arena and everything allocated from it. Not thread-safe. */
void arena_fini(struct arena *arena);

/*
 * An allocator for needm.h. It bypasses jemalloc's thread caches, so that the count is exact. The
 * arena must outlive it.
 */
struct needm_memory arena_memory(struct arena *arena);

/* Bytes in use, as jemalloc counts them (rounded up to its size classes). */
size_t arena_allocated(struct arena *arena);

#endif
