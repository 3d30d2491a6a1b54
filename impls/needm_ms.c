/* SPDX-License-Identifier: BSD-3-Clause */
/* The ms of needm.h: where they come from, how many are made, how many there are. */
#include "needm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(sizeof(struct g) == NEEDM_G_SIZE, "a g has the size that Go's has");
_Static_assert(sizeof(struct needm_m) <= NEEDM_M_SIZE, "the rest of an m stands for what only the scheduler reads");

static void *libc_alloc(void *context, size_t bytes, size_t align)
{
	(void)context;
	return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void libc_free(void *context, void *p, size_t bytes)
{
	(void)context, (void)bytes;
	free(p);
}

const struct needm_memory needm_libc_memory = {libc_alloc, libc_free, NULL, NEEDM_LAYOUT_1_19};

static void *take(const struct needm_memory *memory, size_t bytes, size_t align)
{
	return memory->alloc(memory->context, bytes, align);
}

static void give(const struct needm_memory *memory, void *p, size_t bytes)
{
	if (p != NULL)
		memory->free(memory->context, p, bytes);
}

static size_t m_size(const struct needm_memory *memory)
{
	return memory->layout == NEEDM_LAYOUT_1_24 ? NEEDM_M_SIZE_1_24 : NEEDM_M_SIZE;
}

struct needm_m *needm_take_m(const struct needm_memory *memory)
{
	struct needm_m *mp = take(memory, m_size(memory), memory->layout == NEEDM_LAYOUT_1_24 ? NEEDM_M_ALIGN_1_24 : EXTRAM_ALIGN);
	if (mp != NULL)
		memset(mp, 0, m_size(memory));
	return mp;
}

static void free_stack(const struct needm_memory *memory, void *stack, bool mapped)
{
	if (mapped)
		munmap(stack, NEEDM_GSIGNAL_STACK);
	else
		give(memory, stack, NEEDM_GSIGNAL_STACK);
}

void needm_free_stack(struct needm_runtime *rt, void *stack, bool mapped)
{
	free_stack(&rt->memory, stack, mapped);
}

static void free_m(const struct needm_memory *memory, struct needm_m *mp)
{
	give(memory, mp->curg_stack, NEEDM_CURG_STACK);
	free_stack(memory, mp->gsignal_stack, mp->gsignal_mapped);
	give(memory, mp->curg, NEEDM_G_SIZE);
	give(memory, mp->gsignal, NEEDM_G_SIZE);
	give(memory, mp->g0, NEEDM_G_SIZE);
	give(memory, mp, m_size(memory));
}

static struct g *new_g(const struct needm_memory *memory, struct needm_m *mp, void *stack, size_t bytes)
{
	struct g *gp = take(memory, NEEDM_G_SIZE, EXTRAM_ALIGN);
	if (gp == NULL)
		return NULL;
	memset(gp, 0, NEEDM_G_SIZE);
	gp->m = mp;
	gp->stack_lo = (uintptr_t)stack;
	gp->stack_hi = (uintptr_t)stack + bytes;
	return gp;
}

/* Go: allocm and malg. g0 runs on the thread's own stack, so it gets none. NULL: out of memory. */
static struct needm_m *new_m(const struct needm_memory *memory)
{
	struct needm_m *mp = needm_take_m(memory);
	if (mp == NULL)
		return NULL;
	mp->gsignal_stack = take(memory, NEEDM_GSIGNAL_STACK, EXTRAM_ALIGN);
	mp->curg_stack = take(memory, NEEDM_CURG_STACK, EXTRAM_ALIGN);
	mp->g0 = new_g(memory, mp, NULL, 0);
	mp->gsignal = new_g(memory, mp, mp->gsignal_stack, NEEDM_GSIGNAL_STACK);
	mp->curg = new_g(memory, mp, mp->curg_stack, NEEDM_CURG_STACK);
	if (mp->gsignal_stack && mp->curg_stack && mp->g0 && mp->gsignal && mp->curg)
		return mp;
	free_m(memory, mp);
	return NULL;
}

/* Go keeps every m on allm for the garbage collector and the debugger. Here needm_fini frees the ms
 * on it. */
static void link_allm(struct needm_runtime *rt, struct needm_m *mp)
{
	/* relaxed: only needm_fini follows the links, and it runs alone. */
	struct needm_m *head = atomic_load_explicit(&rt->allm, memory_order_relaxed);
	do
		mp->alllink = head;
	while (!atomic_compare_exchange_weak_explicit(&rt->allm, &head, mp, memory_order_relaxed, memory_order_relaxed));
	/* relaxed: a statistic. */
	atomic_fetch_add_explicit(&rt->created, 1, memory_order_relaxed);
}

bool one_new_extra_m(struct needm_runtime *rt, const char **why)
{
	struct needm_m *mp = new_m(&rt->memory);
	if (mp == NULL) {
		*why = "no memory for an m";
		return false;
	}
	if (!rt->strategy->admit(rt->list, &mp->m, why)) {
		free_m(&rt->memory, mp);
		return false;
	}
	link_allm(rt, mp);
	rt->strategy->put(rt->list, &mp->m);
	return true;
}

/* The ms that a get finds without taking another thread's. */
static uint32_t spare(struct needm_runtime *rt)
{
	const struct extram_bound *bound = rt->strategy->bound;
	return bound == NULL ? rt->strategy->length(rt->list) : bound->spare(rt->list);
}

/* The number of ms to make for c waiters. */
static uint32_t refill_count(struct needm_runtime *rt, uint32_t c)
{
	bool low = rt->refill == NEEDM_REFILL_LOW_WATER;
	uint32_t length = c == 0 || low ? spare(rt) : 0;
	uint32_t least = c > 0 ? c : length == 0;
	if (rt->refill == NEEDM_REFILL_ONE)
		return least > 0;
	/* relaxed: a statistic. Two threads that double at once make more ms than either meant to,
	 * which is harmless. */
	uint32_t created = atomic_load_explicit(&rt->created, memory_order_relaxed);
	if (rt->refill == NEEDM_REFILL_DOUBLE && least > 0)
		return created > least ? created : least;
	return low && length < rt->low_water ? c + rt->low_water - length : least;
}

bool newextram(struct needm_runtime *rt, const char **why)
{
	uint32_t c = extram_take_waiters(rt->list);
	uint32_t made = 0;
	uint32_t n = refill_count(rt, c);
	while (made < n && one_new_extra_m(rt, why))
		made++;
	if (made < c)
		/* relaxed: as in extram_count. The next call must serve the waiters that this one
		 * did not. */
		atomic_fetch_add_explicit(&rt->list->waiters, c - made, memory_order_relaxed);
	return made == n;
}

bool needm_have_extra(struct needm_runtime *rt)
{
	/* relaxed: a hint, like the length. */
	bool up = atomic_load_explicit(&rt->cgo_has_extra_m, memory_order_relaxed);
	return !rt->iscgo && up && rt->strategy->length(rt->list) > 0;
}

int32_t needm_to_dump(struct needm_runtime *rt, int32_t mcount)
{
	return mcount - (int32_t)rt->strategy->length(rt->list);
}

int32_t needm_limited(struct needm_runtime *rt, int32_t mcount)
{
	/* relaxed: a hint, as in Go. */
	return mcount - (int32_t)atomic_load_explicit(&rt->created, memory_order_relaxed);
}

static size_t list_bytes(const struct extram_strategy *strategy)
{
	return (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
}

static void free_list(struct needm_runtime *rt)
{
	give(&rt->memory, rt->list, list_bytes(rt->strategy));
	rt->list = NULL;
}

bool needm_init(struct needm_runtime *rt, const struct extram_strategy *strategy, const struct needm_memory *memory, const char **why)
{
	rt->strategy = strategy;
	rt->memory = *memory;
	rt->refill = NEEDM_REFILL_GO;
	rt->low_water = 0;
	rt->unblockable = needm_unblockable(NEEDM_LIBRARY);
	rt->iscgo = true;
	atomic_init(&rt->cgo_has_extra_m, false);
	atomic_init(&rt->created, 0);
	atomic_init(&rt->allm, NULL);
	rt->list = take(memory, list_bytes(strategy), EXTRAM_APART);
	if (rt->list == NULL) {
		*why = "no memory for the list";
		return false;
	}
	if (!strategy->init(rt->list, why))
		goto no_list;
	if (!one_new_extra_m(rt, why))
		goto no_m;
	/* release: pairs with the acquire in needm. */
	atomic_store_explicit(&rt->cgo_has_extra_m, true, memory_order_release);
	return true;
no_m:
	strategy->fini(rt->list);
no_list:
	free_list(rt);
	return false;
}

void needm_fini(struct needm_runtime *rt)
{
	/* relaxed, both: no other thread runs. */
	atomic_store_explicit(&rt->cgo_has_extra_m, false, memory_order_relaxed);
	struct needm_m *mp = atomic_load_explicit(&rt->allm, memory_order_relaxed);
	rt->strategy->fini(rt->list);
	free_list(rt);
	while (mp != NULL) {
		struct needm_m *next = mp->alllink;
		free_m(&rt->memory, mp);
		mp = next;
	}
}
