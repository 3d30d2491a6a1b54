/* SPDX-License-Identifier: BSD-3-Clause */
/* A jemalloc arena for the ms of one block: their bytes are counted apart from the harness's, and all go at once. */
#ifndef BENCH_ARENA_H
#define BENCH_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "needm.h"

struct arena {
	unsigned index;
};

/* Makes an arena. Any thread. False: jemalloc made none. */
bool arena_init(struct arena *arena);

/* Frees all that was allocated from it. Alone. */
void arena_fini(struct arena *arena);

/* Memory for needm.h from the arena, past jemalloc's thread caches, so that the count is exact. The arena must outlive its use. */
struct needm_memory arena_memory(struct arena *arena);

/* Bytes handed out and not freed, by jemalloc's own statistics (rounded up to its size classes). */
size_t arena_allocated(struct arena *arena);

#endif
