/* SPDX-License-Identifier: BSD-3-Clause */
/* The system-call parts of needm.h, and the end of a thread. */
#include "needm.h"

#include <assert.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

_Thread_local struct g *needm_g;
_Thread_local struct needm_runtime *needm_bound;

/* One key for all runtimes. Its value is the runtime that has an m bound to the thread. Made on
 * first use, and never deleted. */
static pthread_key_t bound_key;
static pthread_once_t bound_once = PTHREAD_ONCE_INIT;
static bool bound_usable;
static _Thread_local bool leaving; /* the key's destructor has run */

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

/* A thread with an alternate stack of its own keeps it. Go: minitSignalStack. */
static void minit_sigstack(struct needm_m *mp)
{
	stack_t own;
	sigaltstack(NULL, &own);
	mp->new_sigstack = (own.ss_flags & SS_DISABLE) != 0;
	if (mp->new_sigstack) {
		stack_t ours = {.ss_sp = mp->gsignal_stack, .ss_size = NEEDM_GSIGNAL_STACK};
		sigaltstack(&ours, NULL);
	} else {
		mp->gsignal->stack_lo = (uintptr_t)own.ss_sp;
		mp->gsignal->stack_hi = mp->gsignal->stack_lo + own.ss_size;
	}
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
	} else {
		mp->gsignal->stack_lo = (uintptr_t)mp->gsignal_stack;
		mp->gsignal->stack_hi = mp->gsignal->stack_lo + NEEDM_GSIGNAL_STACK;
	}
}

/* Destructors that run later may make callbacks, and bind no m: nothing would give it back. */
static void end_of_thread(void *rt)
{
	leaving = true;
	needm_thread_exit(rt);
}

static void make_bound_key(void)
{
	bound_usable = pthread_key_create(&bound_key, end_of_thread) == 0;
}

/* On failure, and at the end of a thread, the m is not bound, and each callback pays in full. So do
 * those of another runtime, beside a bound m or within a callback: needm_g is one for all runtimes,
 * and dropm must find it as needm left it. */
void needm_bind(struct needm_runtime *rt)
{
	if (leaving || needm_g->m->outer != NULL)
		return;
	pthread_once(&bound_once, make_bound_key);
	if (bound_usable && pthread_setspecific(bound_key, rt) == 0)
		needm_bound = rt;
}

void needm_thread_exit(struct needm_runtime *rt)
{
	if (needm_bound == rt) {
		pthread_setspecific(bound_key, NULL);
		needm_bound = NULL;
		needm_g->m->in_c = false;
		dropm(rt, rt->strategy);
	}
	uint64_t mask = needm_sigsave();
	needm_sigblock();
	rt->strategy->thread_exit(rt->list);
	needm_sigrestore(mask);
}
