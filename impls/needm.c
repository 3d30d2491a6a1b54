/* SPDX-License-Identifier: BSD-3-Clause */
/* The slow and the system-call parts of needm.h. */
#include "needm.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

_Thread_local struct g *needm_g;
_Thread_local struct needm_runtime *needm_bound;

/* One key for all runtimes. Its value is the runtime that has an m bound to the thread. Made on
 * first use, and never deleted. */
static pthread_key_t bound_key;
static pthread_once_t bound_once = PTHREAD_ONCE_INIT;
static bool bound_usable;

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

const struct needm_memory needm_libc_memory = {libc_alloc, libc_free, NULL};

void needm_too_early(void)
{
	static const char message[] = "fatal error: cgo callback before cgo call\n";
	ssize_t n = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)n;
	_exit(1);
}

/* The kernel's call, not the library's: Go blocks all 64 signals, but the library leaves two of its
 * own unblocked. */
static uint64_t sigprocmask_all(int how, const uint64_t *set)
{
	uint64_t old = 0;
	long err = syscall(SYS_rt_sigprocmask, how, set, set == NULL ? &old : NULL, sizeof(old));
	assert(err == 0);
	(void)err;
	return old;
}

uint64_t needm_sigsave(void)
{
	return sigprocmask_all(SIG_SETMASK, NULL);
}

void needm_sigblock(void)
{
	static const uint64_t all = UINT64_MAX;
	sigprocmask_all(SIG_SETMASK, &all);
}

void needm_sigrestore(uint64_t mask)
{
	sigprocmask_all(SIG_SETMASK, &mask);
}

/* Signals that must never be blocked in a runtime: synchronous faults and the profiler's. Go: the
 * entries of sigtable that are not blockable. */
static uint64_t unblockable(void)
{
	static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPROF};
	uint64_t set = 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		set |= UINT64_C(1) << (signals[i] - 1);
	return set;
}

/* A thread with an alternate stack of its own keeps it. Go: minitSignalStack. */
static void minit_sigstack(struct needm_m *mp)
{
	sigaltstack(NULL, &mp->thread_sigstack);
	mp->new_sigstack = (mp->thread_sigstack.ss_flags & SS_DISABLE) != 0;
	if (mp->new_sigstack) {
		stack_t ours = {.ss_sp = mp->gsignal_stack, .ss_size = NEEDM_GSIGNAL_STACK};
		sigaltstack(&ours, NULL);
	} else {
		mp->gsignal->stack_lo = (uintptr_t)mp->thread_sigstack.ss_sp;
		mp->gsignal->stack_hi = mp->gsignal->stack_lo + mp->thread_sigstack.ss_size;
	}
}

void needm_minit(struct needm_m *mp)
{
	minit_sigstack(mp);
	needm_sigrestore(mp->sigmask & ~unblockable());
	mp->procid = (uint64_t)syscall(SYS_gettid);
}

void needm_unminit(struct needm_m *mp)
{
	if (mp->new_sigstack) {
		stack_t off = {.ss_flags = SS_DISABLE};
		sigaltstack(&off, NULL);
	} else {
		mp->gsignal->stack_lo = (uintptr_t)mp->gsignal_stack;
		mp->gsignal->stack_hi = mp->gsignal->stack_lo + NEEDM_GSIGNAL_STACK;
	}
}

static void end_of_thread(void *rt)
{
	needm_thread_exit(rt);
}

static void make_bound_key(void)
{
	bound_usable = pthread_key_create(&bound_key, end_of_thread) == 0;
}

/* On failure the m is not bound, and each callback pays in full. */
void needm_bind(struct needm_runtime *rt)
{
	pthread_once(&bound_once, make_bound_key);
	if (bound_usable && pthread_setspecific(bound_key, rt) == 0)
		needm_bound = rt;
}

void needm_thread_exit(struct needm_runtime *rt)
{
	if (needm_bound == rt) {
		pthread_setspecific(bound_key, NULL);
		needm_bound = NULL;
		dropm(rt, rt->strategy);
	}
	uint64_t mask = needm_sigsave();
	needm_sigblock();
	rt->strategy->thread_exit(rt->list);
	needm_sigrestore(mask);
}

static void *take(const struct needm_memory *memory, size_t bytes, size_t align)
{
	return memory->alloc(memory->context, bytes, align);
}

static void give(const struct needm_memory *memory, void *p, size_t bytes)
{
	if (p != NULL)
		memory->free(memory->context, p, bytes);
}

static void free_m(const struct needm_memory *memory, struct needm_m *mp)
{
	give(memory, mp->curg_stack, NEEDM_CURG_STACK);
	give(memory, mp->gsignal_stack, NEEDM_GSIGNAL_STACK);
	give(memory, mp->curg, NEEDM_G_SIZE);
	give(memory, mp->gsignal, NEEDM_G_SIZE);
	give(memory, mp->g0, NEEDM_G_SIZE);
	give(memory, mp, NEEDM_M_SIZE);
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
	struct needm_m *mp = take(memory, NEEDM_M_SIZE, EXTRAM_ALIGN);
	if (mp == NULL)
		return NULL;
	memset(mp, 0, NEEDM_M_SIZE);
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

/* The number of ms to make for c waiters. */
static uint32_t refill_count(struct needm_runtime *rt, uint32_t c)
{
	bool low = rt->refill == NEEDM_REFILL_LOW_WATER;
	uint32_t length = c == 0 || low ? rt->strategy->length(rt->list) : 0;
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
	return rt->strategy->length(rt->list) > 0;
}

int32_t needm_to_dump(struct needm_runtime *rt, int32_t mcount)
{
	return mcount - (int32_t)rt->strategy->length(rt->list);
}

bool needm_init(struct needm_runtime *rt, const struct extram_strategy *strategy, const struct needm_memory *memory, const char **why)
{
	size_t bytes = (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	rt->strategy = strategy;
	rt->memory = *memory;
	rt->refill = NEEDM_REFILL_GO;
	rt->low_water = 0;
	atomic_init(&rt->cgo_has_extra_m, false);
	atomic_init(&rt->created, 0);
	atomic_init(&rt->allm, NULL);
	rt->list = aligned_alloc(EXTRAM_APART, bytes);
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
	free(rt->list);
	rt->list = NULL;
	return false;
}

void needm_fini(struct needm_runtime *rt)
{
	/* relaxed, both: no other thread runs. */
	atomic_store_explicit(&rt->cgo_has_extra_m, false, memory_order_relaxed);
	struct needm_m *mp = atomic_load_explicit(&rt->allm, memory_order_relaxed);
	rt->strategy->fini(rt->list);
	free(rt->list);
	rt->list = NULL;
	while (mp != NULL) {
		struct needm_m *next = mp->alllink;
		free_m(&rt->memory, mp);
		mp = next;
	}
}
