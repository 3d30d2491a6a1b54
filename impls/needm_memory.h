/* SPDX-License-Identifier: BSD-3-Clause */
/* Where ms come from, and how they lie in memory. Part of needm.h. */
#ifndef EXTRAM_NEEDM_MEMORY_H
#define EXTRAM_NEEDM_MEMORY_H

#include <stddef.h>

#define NEEDM_M_SIZE 1280       /* bytes; with three gs 2.6 KB, as in Go 1.19. 1536 would crowd first lines into 8 of 64 L1 sets */
#define NEEDM_M_SIZE_1_24 2048  /* bytes; first lines are in 2 of 64 L1 sets */
#define NEEDM_M_ALIGN_1_24 1024 /* bytes; a mutex keeps flags in the low ten bits of an m's address (golang/go issue 68578) */

struct needm_m;

/* How ms lie in memory: their size and alignment. */
enum needm_layout {
	NEEDM_LAYOUT_1_19, /* of Go up to 1.23 */
	NEEDM_LAYOUT_1_24, /* of Go since 1.24 */
};

/* Where the list, ms and their stacks come from. alloc returns NULL if there is no memory. */
struct needm_memory {
	void *(*alloc)(void *context, size_t bytes, size_t align);
	void (*free)(void *context, void *p, size_t bytes);
	void *context;
	enum needm_layout layout;
};

/* Takes memory from aligned_alloc and gives it to free. */
extern const struct needm_memory needm_libc_memory;

/* Takes memory for an m, laid out as memory->layout says, and clears it. NULL: there is none. As
 * thread-safe as memory->alloc. */
struct needm_m *needm_take_m(const struct needm_memory *memory);

#endif
