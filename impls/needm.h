/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * needm and dropm over any strategy: what a thread that the runtime did not create does around a
 * callback.
 *
 * Source: needm, dropm, newextram, oneNewExtraM, minit, unminit, checkdead and sighandler of Go
 * 1.19 to 1.21's runtime, with the list calls as of commit 77b1f23a. The system calls are real. A
 * callback makes nine, as in Go 1.19: five rt_sigprocmask, three sigaltstack, one gettid. Where the
 * m stays bound to its thread (EXTRAM_BOUND), only the thread's first callback and its end make
 * any, as in Go 1.21. Where another thread may take a bound m (struct extram_bound), so does the
 * next callback after that. The signal stack then belongs to the thread, not to the m, because a
 * handler may still run on it. docs/go.md says what is as in Go, what is not, and why.
 *
 * Copy with: extram.h needm.c needm_memory.h needm_ms.c needm_signal.h
 *
 * The functions that take a strategy are inline. If the argument is the address of a strategy in
 * the same translation unit, the compiler calls its get and put directly. Elsewhere pass
 * rt->strategy.
 */
#ifndef EXTRAM_NEEDM_H
#define EXTRAM_NEEDM_H

#include <signal.h>

#include "extram.h"
#include "needm_memory.h"

#define NEEDM_GSIGNAL_STACK 32768 /* bytes; Go's malg(32 * 1024) for m.gsignal */
#define NEEDM_CURG_STACK 4096     /* bytes; Go's malg(4096) in oneNewExtraM */
#define NEEDM_G0_STACK 32768      /* bytes that g0 assumes of the thread's own stack; needm does so before cgo knows better */
#define NEEDM_G_SIZE 448          /* bytes */

/* What the callback's thread needs of Go's g. The rest stands for fields that only the scheduler
 * reads. */
struct g {
	uintptr_t stack_lo, stack_hi, stackguard;
	struct needm_m *m;
	char scheduler[NEEDM_G_SIZE - 3 * sizeof(uintptr_t) - sizeof(void *)];
};

/* The part of Go's m that needm uses. All fields are plain: the owner writes them, put publishes
 * them. */
struct needm_m {
	struct m m; /* first: the list's part */
	struct g *g0, *gsignal, *curg;
	uint64_t sigmask;    /* the thread's own mask, kept while the m is borrowed */
	uint64_t procid;     /* thread id of the borrower */
	struct g *outer;     /* the thread's g before needm, which dropm installs again; mostly NULL */
	bool outer_in_c;     /* the thread's needm_in_c before needm, likewise */
	bool new_sigstack;   /* needm installed gsignal's stack, so dropm takes it away */
	bool needextram;     /* the list owes a new m: get said last */
	void *gsignal_stack; /* kept while gsignal is on the thread's own stack (Go's goSigStack). NULL: a thread has it */
	bool gsignal_mapped; /* by needm, as the m had none */
	void *curg_stack;
	struct needm_m *alllink;
};

/* How many ms newextram makes when a refill is owed. */
enum needm_refill_policy {
	NEEDM_REFILL_GO,        /* one for each waiter counted; if there is none and the list is empty, one */
	NEEDM_REFILL_ONE,       /* one, however many wait; the others stay counted */
	NEEDM_REFILL_DOUBLE,    /* as many as were ever made, and at least one for each waiter */
	NEEDM_REFILL_LOW_WATER, /* one for each waiter, and up to low_water more if the list has fewer */
};

/* How the runtime is linked. It decides which signals a thread with an m never blocks. */
enum needm_build_mode {
	NEEDM_LIBRARY, /* c-shared or c-archive: signals belong to the program around it */
	NEEDM_PROGRAM, /* the runtime is the program's own */
};

/* The runtime: one list and every m ever made. */
struct needm_runtime {
	const struct extram_strategy *strategy;
	struct extram_list *list;
	struct needm_memory memory;
	enum needm_refill_policy refill; /* set after needm_init, before other threads use the runtime */
	uint32_t low_water;              /* for NEEDM_REFILL_LOW_WATER */
	uint64_t unblockable;            /* signals; needm_init sets those of a library. Change it when you may change refill */
	bool iscgo;                      /* threads come by cgo; needm_init sets it. False: as Windows' callbacks without cgo */
	_Atomic bool cgo_has_extra_m;    /* the runtime is up, so needm may be called */
	_Atomic uint32_t created;        /* ms ever made; none is freed before needm_fini */
	struct needm_m *_Atomic allm;    /* all ms, linked by alllink */
};

/* The calling thread's g; NULL if the thread has no m. Go's getg(), with NULL for "no g". With
 * needm_in_c and a struct extram_bound, the m may be another thread's by now. */
extern _Thread_local struct g *needm_g;

/* The thread is in no callback: needm_g is of the m that is bound to it. Go's isExtraInC, which is
 * in the m there. Plain: only the thread and its handlers use it, and fences order it. */
extern _Thread_local bool needm_in_c;

/* The runtime whose m is bound to, and installed in, the calling thread. NULL: none. */
extern _Thread_local struct needm_runtime *needm_bound;

/* Brings the runtime up: makes a list of the strategy with one m on it, as Go does at its start.
 * Runs alone. On failure returns false, makes nothing, and sets *why to the reason. */
bool needm_init(struct needm_runtime *rt, const struct extram_strategy *strategy, const struct needm_memory *memory, const char **why);

/* Frees the list and every m, parked or not. Runs alone. Each thread that called needm_enter has
 * ended, or has called needm_thread_exit since, even if its m was taken. */
void needm_fini(struct needm_runtime *rt);

/*
 * Makes an m and puts it on the list. Call it from a thread that has an m, or during setup; not
 * from a signal handler, because it allocates. False: there is no memory, or the strategy cannot
 * hold the new m. Then *why is the reason, and the list is unchanged. Go: oneNewExtraM.
 */
bool one_new_extra_m(struct needm_runtime *rt, const char **why);

/*
 * Makes one m for each waiter counted so far. If none was counted, makes one m if the list is
 * empty. rt->refill can change both numbers. The same callers as one_new_extra_m, and the same
 * failures. On failure, unserved waiters are counted again. Go: newextram.
 */
bool newextram(struct needm_runtime *rt, const char **why);

/*
 * The calling thread is in no callback, and makes no more, or none soon. Gives back a bound m, as
 * dropm does, and what the strategy keeps. A thread with a bound m does this by itself when it
 * ends, and binds no m after that. A thread whose first callback comes from the last round of its
 * destructors must call this, because nothing runs after that round. Blocks all signals meanwhile,
 * because a handler may need an m. Go: the destructor of x_cgo_pthread_key, which calls dropm.
 */
void needm_thread_exit(struct needm_runtime *rt);

/* The signals that a thread with an m never blocks, bit sig - 1 for each. Go: blockableSig and
 * sigtable. */
uint64_t needm_unblockable(enum needm_build_mode mode);

/*
 * The first reader of the length, in the search for dead locks. True: one thread in the count of
 * threads is an m that sits on the list and runs nothing, so checkdead takes it off. Always false
 * with cgo, where checkdead does not ask, and before the runtime is up. Go: checkdead's run0.
 */
bool needm_have_extra(struct needm_runtime *rt);

/*
 * The second reader of the length. Returns how many of mcount threads have an m in use and must
 * still dump their stacks. A handler that interrupted an operation of the list must not call it if
 * the strategy's length locks. Go: sighandler's docrash.
 */
int32_t needm_to_dump(struct needm_runtime *rt, int32_t mcount);

/*
 * The third reader. Returns how many of mcount threads count towards the limit of threads: all but
 * the extra ms, parked or in use, which foreign threads brought (golang/go issue 60004). Go:
 * checkmcount, which subtracts extraMInUse and extraMLength. Their sum is the number of ms made.
 */
int32_t needm_limited(struct needm_runtime *rt, int32_t mcount);

/* Gives back a signal stack that needm_init's memory or needm made; NULL: none. */
void needm_free_stack(struct needm_runtime *rt, void *stack, bool mapped);

/* The parts of needm and dropm that are the same for all strategies. */
_Noreturn void needm_too_early(void);
uint64_t needm_sigsave(void);
void needm_sigblock(void);
void needm_sigrestore(uint64_t mask);
void needm_minit(struct needm_m *mp, uint64_t unblockable);
void needm_unminit(struct needm_m *mp);
void needm_bind(struct needm_runtime *rt);
struct needm_m *needm_again(struct needm_runtime *rt, struct m *found, bool last);
void needm_drop_bound(struct needm_runtime *rt);

static inline struct needm_m *needm_of(struct m *mp)
{
	return (struct needm_m *)mp;
}

/* Signals are blocked. Makes mp the thread's m, which get has just returned, with its mask in
 * mp->sigmask. */
EXTRAM_INLINE void needm_install(struct needm_runtime *rt, struct needm_m *mp, bool last)
{
	mp->needextram = last;
	mp->outer = needm_g;
	mp->outer_in_c = needm_in_c;
	needm_g = mp->g0;
	needm_in_c = false;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	mp->g0->stack_hi = sp + 1024;
	mp->g0->stack_lo = sp - NEEDM_G0_STACK;
	mp->g0->stackguard = mp->g0->stack_lo + 928;
	needm_minit(mp, rt->unblockable);
}

/*
 * Borrows an m for the calling thread. The thread has none of this runtime, or it is a handler that
 * borrows one more: see needm_signal_enter. dropm installs the thread's earlier g again. Any thread
 * may call it, also in a signal handler. Waits while there is no m. Blocks all signals before it
 * touches the list, until the m is installed: a handler that needs an m would wait for the get that
 * it interrupted (golang/go issue 42207). If the runtime is not up, prints Go's message and exits
 * with status 1.
 */
static inline struct needm_m *needm(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	/* acquire: pairs with the release in needm_init, so the list is made. */
	if (extram_unlikely(!atomic_load_explicit(&rt->cgo_has_extra_m, memory_order_acquire)))
		needm_too_early();
	uint64_t sigmask = needm_sigsave();
	needm_sigblock();
	bool last;
	struct needm_m *mp = needm_of(strategy->get(rt->list, false, &last));
	mp->sigmask = sigmask;
	needm_install(rt, mp, last);
	return mp;
}

/* Gives back the calling thread's m, which it got from needm. Any thread may call it, also in a
 * signal handler. */
static inline void dropm(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	struct needm_m *mp = needm_g->m;
	uint64_t sigmask = mp->sigmask; /* read it before another thread may get the m */
	needm_sigblock();
	needm_unminit(mp);
	needm_g = mp->outer;
	needm_in_c = mp->outer_in_c;
	/* A handler on this thread must not find a g whose m is on the list. Program order is
	 * enough for this thread's handlers, and the fence makes the compiler keep it. (seq_cst: a
	 * barrier for the compiler alone costs the same in any order.) For other threads, put
	 * releases. */
	atomic_signal_fence(memory_order_seq_cst);
	strategy->put(rt->list, &mp->m);
	needm_sigrestore(sigmask);
}

/*
 * Begins a callback. Calls needm, unless an m is bound to the thread: then uses that one and makes
 * no system call. Between callbacks the mask and signal stack of such a thread stay as needm left
 * them, and handlers find its g. If another thread took the m meanwhile, the callback pays in full
 * and binds another. A handler must not bind, so it calls needm_signal_enter of needm_signal.h. A
 * thread binds one m: callbacks of a second runtime pay in full. They may nest in those of the
 * first, but must not call the first again. Go 1.21: cgocallback, needAndBindM.
 */
EXTRAM_INLINE struct needm_m *needm_enter(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	bool last = false;
	struct m *found = NULL;
	if ((strategy->properties & EXTRAM_BOUND) != 0 && extram_likely(needm_bound == rt)) {
		struct needm_m *mp = needm_g->m;
		if (strategy->bound != NULL)
			found = strategy->bound->get(rt->list, &last);
		if (extram_likely(strategy->bound == NULL || found == &mp->m)) {
			needm_in_c = false;
			if (extram_unlikely(last))
				mp->needextram = true;
			return mp;
		}
		return needm_again(rt, found, last);
	}
	struct needm_m *mp = needm(rt, strategy);
	if ((strategy->properties & EXTRAM_BOUND) != 0)
		needm_bind(rt);
	return mp;
}

/* Ends a callback, on the same thread as needm_enter: dropm, unless the m is bound. */
EXTRAM_INLINE void needm_leave(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	if ((strategy->properties & EXTRAM_BOUND) == 0 || extram_unlikely(needm_bound != rt)) {
		dropm(rt, strategy);
		return;
	}
	struct m *mp = &needm_g->m->m;
	needm_in_c = true;
	/* A handler must not find the m put and the thread in a callback. As in dropm. */
	atomic_signal_fence(memory_order_seq_cst);
	if (strategy->bound != NULL && extram_unlikely(!strategy->bound->put(rt->list, mp)))
		needm_drop_bound(rt);
}

/*
 * Pays the refill that the callback owes, before the callback runs. If it fails, it stays owed
 * while the m is borrowed; the put in dropm then ends an empty list. Go: the head of cgocallbackg1.
 */
static inline void needm_refill(struct needm_runtime *rt, struct needm_m *mp)
{
	const char *why;
	bool ask = rt->refill == NEEDM_REFILL_LOW_WATER; /* only newextram reads the length */
	if (extram_unlikely(mp->needextram || ask || extram_waiters(rt->list) > 0))
		mp->needextram = !newextram(rt, &why);
}

#endif
