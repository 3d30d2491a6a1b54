/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the simulated program: its heap, and its thread-local variables. hooks.h puts those
 * into a section of their own. Each thread has a copy of the section; the copies are swapped when
 * fibers are.
 */
#include <stdlib.h>

#include "hooks.h"
#include "machine.h"

#define HEAP_BYTES (16 << 20)
#define BLOCKS 4096
#define LOCAL_BYTES 256

struct local {
	char bytes[LOCAL_BYTES];
};

static _Alignas(4096) char heap[HEAP_BYTES];
static size_t used;
static struct {
	char *at; /* NULL: freed */
	size_t bytes;
} blocks[BLOCKS];
static unsigned count;

/* Bounds that the linker makes; the variable is there so that the section is. */
extern char __start_sim_local[], __stop_sim_local[];
static char present[8] __attribute__((section("sim_local"), used));

static struct local initial;
static struct local copies[SIM_THREADS + 1];
static _Alignas(64) struct local own[SIM_THREADS + 1]; /* of variables whose addresses others use: never swapped */

static size_t size(void)
{
	return (size_t)(__stop_sim_local - __start_sim_local);
}

static __attribute__((constructor)) void keep_initial(void)
{
	if (size() > LOCAL_BYTES)
		abort();
	memcpy(initial.bytes, __start_sim_local, size());
	copies[STORAGE_MAIN] = initial;
}

void storage_reset(void)
{
	used = count = 0;
	memcpy(__start_sim_local, initial.bytes, size());
	own[STORAGE_MAIN] = initial;
}

void storage_begin(int threads)
{
	for (int i = 0; i < threads; i++)
		copies[i] = own[i] = initial;
}

void storage_switch(int from, int to)
{
	memcpy(copies[from].bytes, __start_sim_local, size());
	memcpy(__start_sim_local, copies[to].bytes, size());
}

bool storage_local(const volatile void *p)
{
	const volatile char *c = p;
	return c >= __start_sim_local && c < __stop_sim_local;
}

void *hooks_own(void *variable)
{
	size_t at = (size_t)((char *)variable - __start_sim_local);
	return &own[sim_self == NULL ? STORAGE_MAIN : sim_self->id].bytes[at];
}

void *hooks_aligned_alloc(size_t align, size_t bytes)
{
	size_t at = (used + align - 1) / align * align;
	if (at + bytes > HEAP_BYTES || count == BLOCKS)
		sim_fail("more than %d bytes or %d blocks: raise HEAP_BYTES or BLOCKS", HEAP_BYTES, BLOCKS);
	used = at + bytes;
	blocks[count].at = heap + at;
	blocks[count++].bytes = bytes;
	return memset(heap + at, 0xa5, bytes); /* the same garbage in each run */
}

void *hooks_malloc(size_t bytes)
{
	return hooks_aligned_alloc(_Alignof(max_align_t), bytes);
}

void *hooks_calloc(size_t n, size_t bytes)
{
	return memset(hooks_malloc(n * bytes), 0, n * bytes);
}

/* What is read there afterwards is garbage. */
void hooks_free(void *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < count; i++)
		if (blocks[i].at == p) {
			memset(p, 0x5a, blocks[i].bytes);
			blocks[i].at = NULL;
			return;
		}
	sim_fail("something is freed that is no block, or is freed already");
}

const void *sim_heap(size_t *bytes)
{
	*bytes = sizeof(heap);
	return heap;
}

unsigned sim_blocks(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < count; i++)
		n += blocks[i].at != NULL;
	return n;
}
