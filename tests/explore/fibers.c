/* SPDX-License-Identifier: BSD-3-Clause */
#include "fibers.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "cpus.h"
#include "search.h"
#include "tls.h"

#define STACK 65536

struct thread *fibers_self;
jmp_buf fibers_on_fail;
char fibers_failure[1024];

static struct thread threads[CLOCK_THREADS];
static struct tls tls[CLOCK_THREADS];
static _Alignas(64) char stacks[CLOCK_THREADS][STACK];
static void (*const *run_bodies)(void);
static int count;
static uint32_t runnable, paused, unfinished; /* masks */
static uint32_t steps, changes;
static bool broken = true; /* the fibers stopped in the middle of a run, and must be made anew */
static jmp_buf home;
static ucontext_t birth_home;

void fibers_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(fibers_failure, sizeof(fibers_failure), format, args);
	va_end(args);
	fibers_self = NULL;
	broken = true;
	_longjmp(fibers_on_fail, 1);
}

static uint32_t bit(const struct thread *t)
{
	return 1U << t->id;
}

/* Only setjmp and longjmp, because swapcontext makes two system calls. */
static void jump(struct thread *to)
{
	struct thread *from = fibers_self;
	tls_swap(&tls[from->id], &tls[to->id]);
	fibers_self = to;
	cpus_switch(to);
	if (_setjmp(from->context) == 0)
		_longjmp(to->context, 1);
}

static void hang(void)
{
	char text[200] = "";
	for (int i = 0; i < count; i++) {
		struct thread *t = &threads[i];
		if (unfinished & bit(t))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " thread %d %s;", i,
				 t->waits_for != NULL ? "is blocked" : "spins or sleeps");
	}
	fibers_fail("hang:%s nobody is left to change anything", text);
}

static void choose(enum search_kind kind, bool self_too)
{
	uint32_t others = runnable & ~bit(fibers_self);
	if (others == 0) {
		if (!self_too)
			hang();
		return;
	}
	int self = self_too ? fibers_self->id : -1;
	struct thread *to = &threads[search_thread(kind, self, self_too ? runnable : others)];
	if (to != fibers_self)
		jump(to);
}

void fibers_hold(void)
{
	fibers_self->held = true;
}

void fibers_release(void)
{
	fibers_self->held = false;
}

void fibers_point(void)
{
	if (fibers_self->held) {
		fibers_self->held = false;
		return;
	}
	if (++steps > FIBERS_STEPS)
		fibers_fail("livelock: no end after %d steps", FIBERS_STEPS);
	choose(SEARCH_PREEMPTION, true);
}

void fibers_pause(void)
{
	struct thread *t = fibers_self;
	if (++steps > FIBERS_STEPS)
		fibers_fail("livelock: no end after %d steps", FIBERS_STEPS);
	t->waited = true;
	/* Its last read may be out of date, so it may look again at once. */
	if (t->stale || changes - t->changed != t->known) {
		choose(SEARCH_FREE, true);
	} else {
		runnable &= ~bit(t);
		paused |= bit(t);
		choose(SEARCH_FREE, false);
	}
	t->stale = false;
	t->known = changes - t->changed;
}

void fibers_changed(void)
{
	changes++;
	fibers_self->changed++;
	uint32_t others = paused & ~bit(fibers_self);
	runnable |= others;
	paused &= ~others;
}

void fibers_block(const void *object)
{
	struct thread *t = fibers_self;
	t->waits_for = object;
	t->waited = true;
	runnable &= ~bit(t);
	choose(SEARCH_FREE, false);
}

static void wake(struct thread *t)
{
	t->waits_for = NULL;
	runnable |= bit(t);
}

bool fibers_wake(const void *object, bool all)
{
	struct thread *found[CLOCK_THREADS];
	uint32_t n = 0;
	for (int i = 0; i < count; i++)
		if (threads[i].waits_for == object)
			found[n++] = &threads[i];
	if (n == 0)
		return false;
	if (all)
		while (n > 0)
			wake(found[--n]);
	else
		wake(found[search_pick(SEARCH_FREE, n)]);
	return true;
}

static void finish(void)
{
	struct thread *t = fibers_self;
	runnable &= ~bit(t);
	unfinished &= ~bit(t);
	if (unfinished != 0) {
		choose(SEARCH_FREE, false);
		return;
	}
	tls_swap(&tls[t->id], NULL);
	fibers_self = NULL;
	if (_setjmp(t->context) == 0)
		_longjmp(home, 1);
}

static void fiber(int id)
{
	if (_setjmp(threads[id].context) == 0)
		setcontext(&birth_home);
	for (;;) {
		run_bodies[id]();
		finish();
	}
}

static void make_fiber(int id)
{
	static volatile bool made;
	static ucontext_t birth;
	made = false;
	getcontext(&birth_home);
	if (made)
		return;
	made = true;
	getcontext(&birth);
	birth.uc_stack.ss_sp = stacks[id];
	birth.uc_stack.ss_size = STACK;
	birth.uc_link = NULL;
	makecontext(&birth, (void (*)(void))fiber, 1, id);
	setcontext(&birth);
}

static void reset(int n)
{
	for (int i = 0; i < CLOCK_THREADS && broken; i++)
		make_fiber(i);
	broken = false;
	count = n;
	for (int i = 0; i < n; i++) {
		memset(&threads[i], 0, offsetof(struct thread, context));
		threads[i].id = i;
		threads[i].cpu = -1;
		tls_clear(&tls[i]);
	}
	runnable = unfinished = (1U << n) - 1;
	paused = steps = changes = 0;
}

void fibers_run(void (*const *bodies)(void), int n)
{
	run_bodies = bodies;
	reset(n);
	struct thread *first = &threads[search_thread(SEARCH_FREE, -1, runnable)];
	if (_setjmp(home) == 0) {
		tls_swap(NULL, &tls[first->id]);
		fibers_self = first;
		_longjmp(first->context, 1);
	}
}

bool fibers_on_stack(const volatile void *p)
{
	return (const volatile char *)p >= stacks[0] && (const volatile char *)p < stacks[0] + sizeof(stacks);
}

struct thread *fibers_threads(int *n)
{
	*n = count;
	return threads;
}
