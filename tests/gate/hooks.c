/* SPDX-License-Identifier: BSD-3-Clause */
#include "hooks.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "helper.h"

/* The instants are those of one thread at a time, so plain variables do, but for this one. */
static _Atomic bool held_up;
static enum hooks_event event;
static bool helper_waits;
static long longest; /* us */
static uint32_t asked;
static void (*serve)(void);

void hooks_fail(const char *what)
{
	fprintf(stderr, "lasting: %s\n", what);
	_exit(1);
}

void hooks_limit_sleep(long us)
{
	longest = us;
}

void hooks_wait_begins(bool helper, void (*server)(void))
{
	helper_waits = helper;
	serve = server;
	asked = 0;
	event = HOOKS_WAIT;
}

void hooks_fences_begin(void)
{
	event = HOOKS_FENCE;
}

void hooks_end(void)
{
	event = HOOKS_NOTHING;
}

/* One round of a get that waits. True: it is part of the event, and nobody sleeps. */
static bool round_of_waiting(long us)
{
	if (event != HOOKS_WAIT || helper_here() != helper_waits)
		return false;
	if (us < 0 || us > longest)
		hooks_fail("a get asks for a sleep that is longer than extram_wait says");
	if (++asked == HOOKS_ROUNDS) {
		if (helper_waits)
			helper_stop();
		else
			helper_does(serve);
	} else if (asked > 2 * HOOKS_ROUNDS) {
		hooks_fail("a get still waits after a put");
	}
	return true;
}

/* The main thread cannot go on before the helper does. */
static void hold_up(void)
{
	/* relaxed, all: only the main thread writes it. The helper reads it as a hint, and the
	 * semaphores order what matters. */
	if (event != HOOKS_FENCE || helper_here() || atomic_load_explicit(&held_up, memory_order_relaxed))
		return;
	atomic_store_explicit(&held_up, true, memory_order_relaxed);
	helper_let_go();
}

bool hooks_pair_in_fence(void (*pair)(void))
{
	pair();
	bool gone = atomic_load_explicit(&held_up, memory_order_relaxed);
	atomic_store_explicit(&held_up, false, memory_order_relaxed);
	return gone ? helper_await() : helper_goes_on();
}

void events_fence(void)
{
	if (event == HOOKS_FENCE && helper_here() && !atomic_load_explicit(&held_up, memory_order_relaxed))
		helper_stop();
}

void events_yield(void)
{
	if (round_of_waiting(0))
		return;
	hold_up();
	sched_yield();
}

void events_usleep(long us)
{
	if (round_of_waiting(us))
		return;
	hold_up();
	nanosleep(&(const struct timespec){.tv_nsec = us * 1000L}, NULL);
}

void events_futex_wait(const volatile void *word, uint32_t value)
{
	if (round_of_waiting(0))
		return;
	hold_up();
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL);
}

#undef pthread_cond_wait
#undef pthread_mutex_lock

int events_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (event != HOOKS_WAIT || helper_here() != helper_waits)
		return pthread_cond_wait(c, m);
	pthread_mutex_unlock(m);
	round_of_waiting(0);
	return pthread_mutex_lock(m);
}

int events_mutex_lock(pthread_mutex_t *m)
{
	if (pthread_mutex_trylock(m) == 0)
		return 0;
	hold_up();
	return pthread_mutex_lock(m);
}
