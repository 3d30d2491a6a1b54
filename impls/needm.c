/* SPDX-License-Identifier: BSD-3-Clause */
/* The system-call parts of needm.h, and the end of a thread. */
#include "needm.h"

#include "needm_signal.h"

#include <assert.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local struct g *needm_g;
_Thread_local bool needm_in_c;
_Thread_local struct needm_runtime *needm_bound;

/* One key for all runtimes. Its value is self.of. Made on first use, and never deleted. */
static pthread_key_t bound_key;
static pthread_once_t bound_once = PTHREAD_ONCE_INIT;
static bool bound_usable;

/* What stays with a thread whose bound m may be taken. */
static _Thread_local struct {
	uint64_t sigmask;         /* its own, from before the m was bound */
	void *stack;              /* its alternate signal stack, which came with an m; NULL: it brought one */
	bool mapped;              /* see gsignal_mapped */
	struct needm_runtime *of; /* that bound an m to the thread; the stack is from there. NULL: nothing to give back */
	bool leaving;             /* the key's destructor has run */
} self;

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

/* Blocks all signals; returns the mask of before. */
static uint64_t block(void)
{
	uint64_t mask = needm_sigsave();
	needm_sigblock();
	return mask;
}

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

/* Faults, the profiler's, SIGURG for preemption, and the C library's own: 32 to 34. */
#define NEVER_BLOCKED                                                                                                                      \
	(BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSTKFLT) | BIT(SIGCHLD) | BIT(SIGURG) |             \
	 BIT(SIGPROF) | BIT(32) | BIT(33) | BIT(34))
/* Those that end a program, or make its runtime throw. */
#define ENDS_PROGRAM (BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGABRT) | BIT(SIGTERM) | BIT(SIGSYS))

uint64_t needm_unblockable(enum needm_build_mode mode)
{
	return mode == NEEDM_PROGRAM ? NEVER_BLOCKED | ENDS_PROGRAM : NEVER_BLOCKED;
}

static void set_gsignal(struct needm_m *mp, void *stack, size_t bytes)
{
	mp->gsignal->stack_lo = (uintptr_t)stack;
	mp->gsignal->stack_hi = mp->gsignal->stack_lo + bytes;
}

/* In place of one that a thread has. Any handler may call mmap. Without memory, handlers of the
 * thread run on its own stack. */
static bool map_stack(struct needm_m *mp)
{
	void *stack = mmap(NULL, NEEDM_GSIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		return false;
	mp->gsignal_stack = stack;
	mp->gsignal_mapped = true;
	return true;
}

/* A thread with an alternate stack of its own keeps it. Go: minitSignalStack. */
static void minit_sigstack(struct needm_m *mp)
{
	stack_t own;
	sigaltstack(NULL, &own);
	mp->new_sigstack = (own.ss_flags & SS_DISABLE) != 0 && (mp->gsignal_stack != NULL || map_stack(mp));
	if (mp->new_sigstack) {
		own = (stack_t){.ss_sp = mp->gsignal_stack, .ss_size = NEEDM_GSIGNAL_STACK};
		sigaltstack(&own, NULL);
	}
	set_gsignal(mp, own.ss_sp, own.ss_size);
}

void needm_minit(struct needm_m *mp, uint64_t unblockable)
{
	minit_sigstack(mp);
	needm_sigrestore(mp->sigmask & ~unblockable);
	mp->procid = (uint64_t)syscall(SYS_gettid);
}

void needm_unminit(struct needm_m *mp)
{
	if (mp->new_sigstack) {
		stack_t off = {.ss_flags = SS_DISABLE};
		sigaltstack(&off, NULL);
	}
	set_gsignal(mp, mp->gsignal_stack, NEEDM_GSIGNAL_STACK);
}

/* Destructors that run later may make callbacks, and bind no m: nothing would give it back. */
static void end_of_thread(void *rt)
{
	self.leaving = true;
	needm_thread_exit(rt);
}

static void make_bound_key(void)
{
	bound_usable = pthread_key_create(&bound_key, end_of_thread) == 0;
}

/* The thread keeps the signal stack that the m brought. A handler may still run on it when another
 * thread has the m. If it has kept one before, it has disabled that one since. */
static void keep_stack(struct needm_m *mp)
{
	if (!mp->new_sigstack)
		return;
	if (self.stack != NULL)
		needm_free_stack(self.of, self.stack, self.mapped);
	self.stack = mp->gsignal_stack;
	self.mapped = mp->gsignal_mapped;
	mp->gsignal_stack = NULL;
	mp->gsignal_mapped = mp->new_sigstack = false;
}

/* Signals are blocked. Takes the stack from the thread, unless it has installed another since. An m
 * without a stack gets it; mp may be NULL. */
static void drop_stack(struct needm_runtime *rt, struct needm_m *mp)
{
	stack_t now;
	if (self.stack == NULL)
		return;
	sigaltstack(NULL, &now);
	if (now.ss_sp == self.stack)
		sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
	if (mp != NULL && mp->gsignal_stack == NULL) {
		mp->gsignal_stack = self.stack;
		mp->gsignal_mapped = self.mapped;
	} else {
		needm_free_stack(rt, self.stack, self.mapped);
	}
	self.stack = NULL;
}

/* On failure, and at the end of a thread, the m is not bound, and each callback pays in full. So do
 * those of another runtime, beside a bound m or within a callback: needm_g is one for all runtimes,
 * and dropm must find it as needm left it. Also while the thread has a stack of the first one. */
void needm_bind(struct needm_runtime *rt)
{
	struct needm_m *mp = needm_g->m;
	const struct extram_bound *bound = rt->strategy->bound;
	if (self.leaving || mp->outer != NULL || (self.of != NULL && self.of != rt))
		return;
	if (bound != NULL && bound->in_use(rt->list) != &mp->m)
		return;
	pthread_once(&bound_once, make_bound_key);
	if (!bound_usable || pthread_setspecific(bound_key, rt) != 0)
		return;
	self.of = rt;
	if (bound != NULL)
		keep_stack(mp);
	self.sigmask = mp->sigmask;
	needm_bound = rt;
}

/* Signals are blocked. Takes the m from the thread: the list has it, or gets it by thread_exit.
 * Returns the thread's own mask. */
static uint64_t forget(void)
{
	needm_g = NULL;
	needm_in_c = false;
	return self.sigmask;
}

/* The thread begins a callback and its m is gone, or the list bound another one to it: found, which
 * the thread has then, with last. The mask stays as it is: the thread may have changed it since. */
struct needm_m *needm_again(struct needm_runtime *rt, struct m *found, bool last)
{
	uint64_t now = block(), sigmask = forget();
	needm_bound = NULL;
	if (found == NULL)
		found = rt->strategy->get(rt->list, false, &last);
	struct needm_m *mp = needm_of(found);
	mp->sigmask = now;
	needm_install(rt, mp, last);
	mp->sigmask = sigmask;
	needm_bind(rt);
	return mp;
}

/* The thread ends a callback, and its m is not bound any more. */
void needm_drop_bound(struct needm_runtime *rt)
{
	needm_bound = NULL;
	needm_in_c = false;
	dropm(rt, rt->strategy);
}

bool needm_signal_in_use(struct needm_runtime *rt)
{
	uint64_t mask = block();
	bool in_use = rt->strategy->bound->in_use(rt->list) == &needm_g->m->m;
	needm_sigrestore(mask);
	return in_use;
}

/* A handler has an m from needm, and the list may have bound that m to the thread. The thread would
 * take it for its own, although it is not installed as such. */
void needm_signal_unbind(struct needm_runtime *rt)
{
	uint64_t mask = block();
	rt->strategy->thread_exit(rt->list);
	needm_sigrestore(mask);
}

/* Signals are blocked. The bound m's part of needm_thread_exit, where another thread may have taken
 * the m. Returns the thread's own mask. */
static uint64_t leave_bound(struct needm_runtime *rt)
{
	bool last;
	struct m *found = rt->strategy->bound->get(rt->list, &last); /* a handler may have bound another one */
	drop_stack(rt, found == NULL ? NULL : needm_of(found));
	if (found != NULL)
		rt->strategy->bound->put(rt->list, found);
	needm_bound = NULL;
	return forget();
}

/* Signals are blocked. Nothing of the runtime is left to give back. */
static void let_go(struct needm_runtime *rt)
{
	drop_stack(rt, NULL);
	pthread_setspecific(bound_key, NULL);
	self.of = NULL;
}

void needm_thread_exit(struct needm_runtime *rt)
{
	bool bound = needm_bound == rt;
	if (bound && rt->strategy->bound == NULL) {
		needm_bound = NULL;
		needm_in_c = false;
		dropm(rt, rt->strategy);
	}
	uint64_t mask = block();
	if (bound && rt->strategy->bound != NULL)
		mask = leave_bound(rt);
	if (self.of == rt)
		let_go(rt);
	rt->strategy->thread_exit(rt->list);
	needm_sigrestore(mask);
}
