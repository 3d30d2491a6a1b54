/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * needm and dropm over any strategy: what a thread that the runtime did not create does around a callback.
 *
 * Source: needm, dropm, newextram, oneNewExtraM, minit, unminit, checkdead and sighandler of Go 1.19 to 1.21's runtime, with the list
 * calls as of commit 77b1f23a. System calls are the real ones, nine a callback as in Go 1.19: five rt_sigprocmask, three sigaltstack, one
 * gettid. None where the m stays bound to its thread (EXTRAM_BOUND), as in Go 1.21, but for the thread's first and last.
 *
 * The functions that take a strategy are inline: where the argument is the address of a strategy in the same translation unit, the
 * compiler calls its get and put directly. Elsewhere pass rt->strategy.
 */
#ifndef EXTRAM_NEEDM_H
#define EXTRAM_NEEDM_H

#include <signal.h>

#include "extram.h"

#define NEEDM_GSIGNAL_STACK 32768 /* bytes; Go's malg(32 * 1024) for m.gsignal */
#define NEEDM_CURG_STACK 4096     /* bytes; Go's malg(4096) in oneNewExtraM */
#define NEEDM_G0_STACK 32768      /* bytes that g0 assumes of the thread's own stack, as needm does before cgo knows better */
#define NEEDM_M_SIZE 1280         /* bytes; with three gs 2.6 KB, as in Go 1.19. 1536 would crowd first lines into 8 of 64 L1 sets */
#define NEEDM_G_SIZE 448          /* bytes */

struct needm_m;

/* What the callback's thread needs of Go's g; the rest stands for the fields that only the scheduler reads. */
struct g {
	uintptr_t stack_lo, stack_hi, stackguard;
	struct needm_m *m;
	char scheduler[NEEDM_G_SIZE - 3 * sizeof(uintptr_t) - sizeof(void *)];
};

/* Go's m, as far as needm is concerned. All plain fields: written by the owner, published by put. */
struct needm_m {
	struct m m; /* first: the list's part */
	struct g *g0, *gsignal, *curg;
	uint64_t sigmask;        /* the thread's own mask, kept while the m is borrowed */
	uint64_t procid;         /* thread id of the borrower */
	stack_t thread_sigstack; /* the alternate signal stack found in the thread: Go's goSigStack */
	bool new_sigstack;       /* needm installed gsignal's stack, so dropm takes it away */
	bool needextram;         /* the list owes a new m: get said last */
	void *gsignal_stack, *curg_stack;
	struct needm_m *alllink;
};

/* Where ms and their stacks come from. NULL from alloc: out of memory. */
struct needm_memory {
	void *(*alloc)(void *context, size_t bytes, size_t align);
	void (*free)(void *context, void *p, size_t bytes);
	void *context;
};

/* How many ms newextram makes when a refill is owed. */
enum needm_refill_policy {
	NEEDM_REFILL_GO,        /* one for each waiter counted; one if none was and the list is empty */
	NEEDM_REFILL_ONE,       /* one, however many wait; the others stay counted */
	NEEDM_REFILL_DOUBLE,    /* as many as there are, at least one for each waiter */
	NEEDM_REFILL_LOW_WATER, /* up to low_water on the list beside the waiters', whenever there are fewer */
};

/* The runtime's side: one list and every m ever made. */
struct needm_runtime {
	const struct extram_strategy *strategy;
	struct extram_list *list;
	struct needm_memory memory;
	enum needm_refill_policy refill; /* set after needm_init, before others come */
	uint32_t low_water;              /* for NEEDM_REFILL_LOW_WATER */
	_Atomic bool cgo_has_extra_m;    /* the runtime is up: needm may be called */
	_Atomic uint32_t created;        /* ms ever made; none is freed before needm_fini */
	struct needm_m *_Atomic allm;    /* all of them, by alllink */
};

/* The calling thread's g: NULL for a thread that holds no m. Go's getg() with a NULL for "no g". */
extern _Thread_local struct g *needm_g;

/* The runtime whose m is bound to the calling thread, and installed there; NULL: none. */
extern _Thread_local struct needm_runtime *needm_bound;

/* Memory from aligned_alloc and free. */
extern const struct needm_memory needm_libc_memory;

/*
 * Brings the runtime up: a list of the strategy with one m on it, as Go makes at its start. Alone. False: *why is the reason, nothing
 * was made.
 */
bool needm_init(struct needm_runtime *rt, const struct extram_strategy *strategy, const struct needm_memory *memory, const char **why);

/* Frees the list and every m, parked or not. Alone, and nobody may hold an m, or have one bound. */
void needm_fini(struct needm_runtime *rt);

/*
 * Makes an m and puts it on the list. Any thread that holds an m, or the one that sets up; not a signal handler (it allocates).
 * False: out of memory, or the strategy cannot hold the new m; *why is the reason, the list is as it was. Go: oneNewExtraM.
 */
bool one_new_extra_m(struct needm_runtime *rt, const char **why);

/*
 * Serves the waiters counted so far with an m each, or, if none was counted, makes one if the list is empty; or what rt->refill says.
 * Who may call it, and false: as one_new_extra_m; then what could not be served is counted as waiting again. Go: newextram.
 */
bool newextram(struct needm_runtime *rt, const char **why);

/*
 * The calling thread makes no more callbacks, or none soon: a bound m goes back, as by dropm, and what the strategy keeps. A thread that
 * ends does it by itself if an m is bound to it. Blocks all signals meanwhile: a handler may need an m. Go: the destructor of
 * x_cgo_pthread_key, which calls dropm.
 */
void needm_thread_exit(struct needm_runtime *rt);

/* The first reader of the length: may the runtime still be called, though every thread of its own sleeps? Go: checkdead's run0. */
bool needm_have_extra(struct needm_runtime *rt);

/* The second one: of mcount threads, how many have an m in use and must still dump their stacks. A strategy whose length locks
 * must not be asked by a handler that interrupted one of its operations. Go: sighandler's docrash. */
int32_t needm_to_dump(struct needm_runtime *rt, int32_t mcount);

/* The parts of needm and dropm that no strategy changes. */
_Noreturn void needm_too_early(void);
uint64_t needm_sigsave(void);
void needm_sigblock(void);
void needm_sigrestore(uint64_t mask);
void needm_minit(struct needm_m *mp);
void needm_unminit(struct needm_m *mp);
void needm_bind(struct needm_runtime *rt);

static inline struct needm_m *needm_of(struct m *mp)
{
	return (struct needm_m *)mp;
}

/*
 * Borrows an m for the calling thread, which has none: any thread, in parallel, also in a signal handler. Waits while there is no m.
 * Blocks all signals before it touches the list and until the m is installed, because a handler that needs an m would wait for the
 * one that it interrupted (golang/go issue 42207). Before the runtime is up: prints Go's message and exits with status 1.
 */
static inline struct needm_m *needm(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	/* acquire: pairs with the release in needm_init; the list is made. */
	if (extram_unlikely(!atomic_load_explicit(&rt->cgo_has_extra_m, memory_order_acquire)))
		needm_too_early();
	uint64_t sigmask = needm_sigsave();
	needm_sigblock();
	bool last;
	struct needm_m *mp = needm_of(strategy->get(rt->list, false, &last));
	mp->needextram = last;
	mp->sigmask = sigmask;
	needm_g = mp->g0;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	mp->g0->stack_hi = sp + 1024;
	mp->g0->stack_lo = sp - NEEDM_G0_STACK;
	mp->g0->stackguard = mp->g0->stack_lo + 928;
	needm_minit(mp);
	return mp;
}

/* Gives the calling thread's m back; it has one, from needm. Any thread, in parallel, also in a signal handler. */
static inline void dropm(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	struct needm_m *mp = needm_g->m;
	uint64_t sigmask = mp->sigmask; /* not to be read once the m is another's */
	needm_sigblock();
	needm_unminit(mp);
	needm_g = NULL;
	/* A handler on this thread must not find a g whose m is on the list. Program order is enough towards this thread's handlers, and
	 * the fence keeps the compiler to it (seq_cst: a barrier for the compiler alone costs the same in any order); towards other
	 * threads, put releases. */
	atomic_signal_fence(memory_order_seq_cst);
	strategy->put(rt->list, &mp->m);
	needm_sigrestore(sigmask);
}

/*
 * A callback begins: needm; but a thread to which an m is bound goes on with that, and makes no system call. Its mask and signal stack are
 * as needm left them between callbacks too, and handlers find its g. Not in a handler, which must not bind: that calls needm and
 * dropm. Go 1.21: cgocallback, needAndBindM.
 */
static inline struct needm_m *needm_enter(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	if ((strategy->properties & EXTRAM_BOUND) != 0 && extram_likely(needm_bound == rt))
		return needm_g->m;
	struct needm_m *mp = needm(rt, strategy);
	if ((strategy->properties & EXTRAM_BOUND) != 0)
		needm_bind(rt);
	return mp;
}

/* It ends: dropm, unless the m is bound. Of needm_enter's thread. */
static inline void needm_leave(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	if ((strategy->properties & EXTRAM_BOUND) == 0 || extram_unlikely(needm_bound != rt))
		dropm(rt, strategy);
}

/*
 * The refill that the callback owes, paid before it runs. One that fails stays owed while the m is borrowed, and dropm's put ends an
 * empty list in any case. Go: the head of cgocallbackg1.
 */
static inline void needm_refill(struct needm_runtime *rt, struct needm_m *mp)
{
	const char *why;
	bool ask = rt->refill == NEEDM_REFILL_LOW_WATER; /* there is no telling without a look at the length: newextram takes it */
	if (extram_unlikely(mp->needextram || ask || extram_waiters(rt->list) > 0))
		mp->needextram = !newextram(rt, &why);
}

#endif
