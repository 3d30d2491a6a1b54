/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads as fibers: their stacks, their turns, and what they are blocked on. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <ucontext.h>

#include "machine.h"

#define STACK 65536

struct sim_thread *sim_self;
char sim_failure[1024];

static struct sim_thread threads[SIM_THREADS];
static jmp_buf contexts[SIM_THREADS];
static _Alignas(64) char stacks[SIM_THREADS][STACK];
static void (*run_body)(int id);
static int count, unfinished;
static int made; /* fibers that wait in fiber() for a run */
static jmp_buf home, failed;
static ucontext_t birth_home;

void sim_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(sim_failure, sizeof(sim_failure), format, args);
	va_end(args);
	sim_self = NULL;
	made = 0; /* they stand in the middle of a run */
	_longjmp(failed, 1);
}

/* A broken program may follow a wild pointer. The fiber's stack may be unusable. */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	(void)context;
	sim_fail("signal %d: an access to %p", sig, info->si_addr);
}

static void catch_crashes(void)
{
	static char stack[65536];
	static bool caught;
	if (caught)
		return;
	caught = true;
	struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

bool sim_try(void (*body)(void))
{
	catch_crashes();
	if (_setjmp(failed) != 0)
		return false;
	body();
	return true;
}

void sim_reset(void)
{
	locks_reset();
	storage_reset();
}

/* Only setjmp and longjmp, because swapcontext makes two system calls. */
static void jump(struct sim_thread *to)
{
	int from = sim_self->id;
	storage_switch(from, to->id);
	sim_self = to;
	if (_setjmp(contexts[from]) == 0)
		_longjmp(contexts[to->id], 1);
}

static struct sim_thread *next(enum sim_why why, long us)
{
	struct sim_thread *to = &threads[driver_next(why, us)];
	if (to->ended || to->waits_for != NULL)
		sim_fail("the driver lets thread %d run, which is blocked or has ended", to->id);
	return to;
}

void sim_turn(enum sim_why why, long us)
{
	struct sim_thread *to = next(why, us);
	if (to != sim_self)
		jump(to);
}

void fibers_block(const void *object)
{
	sim_self->waits_for = object;
	sim_turn(SIM_BLOCKED, 0);
}

static void wake(struct sim_thread *t)
{
	t->waits_for = NULL;
	driver_woken(t);
}

bool fibers_wake(enum sim_event event, const void *object)
{
	struct sim_thread *found[SIM_THREADS];
	int n = 0;
	for (int i = 0; i < count; i++)
		if (threads[i].waits_for == object)
			found[n++] = &threads[i];
	if (n == 0)
		return false;
	int one = event == SIM_BROADCAST ? -1 : driver_waiter(event, found, n);
	if (one >= 0)
		wake(found[one]);
	while (one < 0 && n > 0)
		wake(found[--n]);
	return true;
}

void fibers_abort(int cpu, const struct sim_thread *except)
{
	for (int i = 0; i < count; i++)
		if (threads[i].cpu == cpu && &threads[i] != except)
			threads[i].aborted |= threads[i].in_section;
}

void sim_place(struct sim_thread *t, int cpu)
{
	t->cpu = cpu;
	fibers_abort(cpu, t);
}

static void finish(void)
{
	int id = sim_self->id;
	sim_self->ended = true;
	if (--unfinished > 0) {
		sim_turn(SIM_ENDED, 0);
		return;
	}
	storage_switch(id, STORAGE_MAIN);
	sim_self = NULL;
	if (_setjmp(contexts[id]) == 0)
		_longjmp(home, 1);
}

static void fiber(int id)
{
	if (_setjmp(contexts[id]) == 0)
		setcontext(&birth_home);
	for (;;) {
		run_body(id);
		finish();
	}
}

static void make_fiber(int id)
{
	static volatile bool born;
	static ucontext_t birth;
	born = false;
	getcontext(&birth_home);
	if (born)
		return;
	born = true;
	getcontext(&birth);
	birth.uc_stack.ss_sp = stacks[id];
	birth.uc_stack.ss_size = STACK;
	birth.uc_link = NULL;
	makecontext(&birth, (void (*)(void))fiber, 1, id);
	setcontext(&birth);
}

void sim_run(void (*body)(int id), int n)
{
	if (n < 1 || n > SIM_THREADS)
		sim_fail("%d threads: 1 to %d", n, SIM_THREADS);
	for (; made < n; made++)
		make_fiber(made);
	run_body = body;
	count = unfinished = n;
	for (int i = 0; i < n; i++)
		threads[i] = (struct sim_thread){.id = i, .cpu = -1};
	storage_begin(n);
	struct sim_thread *first = next(SIM_BEGINS, 0);
	if (_setjmp(home) == 0) {
		storage_switch(STORAGE_MAIN, first->id);
		sim_self = first;
		_longjmp(contexts[first->id], 1);
	}
}

struct sim_thread *sim_thread(int id)
{
	return &threads[id];
}

/* Here, because hooks.h replaces the library's. */
int hooks_once(pthread_once_t *once, void (*function)(void));
int hooks_once(pthread_once_t *once, void (*function)(void))
{
	struct sim_thread *self = sim_self;
	sim_self = NULL;
	int error = pthread_once(once, function);
	sim_self = self;
	return error;
}

bool fibers_on_stack(const volatile void *p)
{
	return (const volatile char *)p >= stacks[0] && (const volatile char *)p < stacks[0] + sizeof(stacks);
}
