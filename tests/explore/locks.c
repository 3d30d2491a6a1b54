/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pthread mutexes, condition variables and futexes of the explored program. Each call is one step.
 * The unlock of a mutex happens before the next lock of it. A condition variable or a futex orders
 * nothing. A wait may end without a signal, within the bound of spurious failures. A futex's word
 * is compared and slept on in one step; the kernel does so under a lock of its own.
 */
#include <errno.h>
#include <string.h>

#include "history.h"
#include "hooks.h"
#include "locations.h"
#include "locks.h"
#include "memory.h"
#include "fibers.h"
#include "search.h"
#include "trace.h"

#define LOCKS 16

struct lock {
	const void *mutex;
	struct thread *owner;
	struct clock clock; /* of the last unlock */
};

static struct lock all[LOCKS];
static int count;

void locks_reset(void)
{
	count = 0;
}

static struct lock *find(const void *mutex)
{
	for (int i = 0; i < count; i++)
		if (all[i].mutex == mutex)
			return &all[i];
	if (count == LOCKS)
		fibers_fail("more than %d mutexes: raise LOCKS", LOCKS);
	memset(&all[count], 0, sizeof(all[count]));
	all[count].mutex = mutex;
	return &all[count++];
}

static struct thread *step(const char *what, const void *object)
{
	fibers_point();
	struct thread *t = fibers_self;
	t->now.when[t->id]++;
	history_step(t);
	trace_access(what, object, -1, 0, 0);
	return t;
}

static void acquire(struct lock *l)
{
	while (l->owner != NULL)
		fibers_block(l->mutex);
	struct thread *t = fibers_self;
	l->owner = t;
	clock_join(&t->now, &l->clock);
	/* What it waited for has happened by now. */
	t->now.when[t->id]++;
	history_step(t);
}

static void release(struct lock *l)
{
	if (l->owner != fibers_self)
		fibers_fail("thread %d unlocks a mutex that it has not locked", fibers_self->id);
	l->owner = NULL;
	l->clock = fibers_self->now;
	fibers_wake(l->mutex, true);
}

int locks_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
	(void)m, (void)attributes;
	return 0;
}

int locks_mutex_destroy(pthread_mutex_t *m)
{
	if (find(m)->owner != NULL)
		fibers_fail("a locked mutex is destroyed");
	return 0;
}

int locks_mutex_lock(pthread_mutex_t *m)
{
	if (fibers_self == NULL) {
		if (find(m)->owner != NULL)
			fibers_fail("thread %d left with a mutex locked", find(m)->owner->id);
		return 0;
	}
	struct thread *t = step("lock", m);
	if (find(m)->owner == t)
		fibers_fail("thread %d locks a mutex again that it holds", t->id);
	acquire(find(m));
	return 0;
}

int locks_mutex_trylock(pthread_mutex_t *m)
{
	if (fibers_self == NULL)
		return 0;
	step("trylock", m);
	if (find(m)->owner != NULL)
		return EBUSY;
	acquire(find(m));
	return 0;
}

int locks_mutex_unlock(pthread_mutex_t *m)
{
	if (fibers_self == NULL)
		return 0;
	step("unlock", m);
	release(find(m));
	return 0;
}

int locks_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
	(void)c, (void)attributes;
	return 0;
}

int locks_cond_destroy(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

int locks_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (fibers_self == NULL)
		fibers_fail("a wait with nobody to end it");
	step("wait", c)->waited = true; /* even if it ends without a signal */
	release(find(m));
	if (search_pick(SEARCH_SPURIOUS, 2) == 0)
		fibers_block(c);
	acquire(find(m));
	trace_access("wait ends", c, -1, 0, 0);
	return 0;
}

int locks_cond_signal(pthread_cond_t *c)
{
	if (fibers_self == NULL)
		return 0;
	step("signal", c);
	fibers_wake(c, false);
	return 0;
}

int locks_cond_broadcast(pthread_cond_t *c)
{
	if (fibers_self == NULL)
		return 0;
	step("broadcast", c);
	fibers_wake(c, true);
	return 0;
}

void locks_futex_wait(const volatile void *word, unsigned value)
{
	if (fibers_self == NULL)
		fibers_fail("a wait with nobody to end it");
	fibers_self->waited = true;
	if (memory_newest(word, sizeof(value), __builtin_return_address(0)) != value)
		return;
	if (search_pick(SEARCH_SPURIOUS, 2) == 0)
		fibers_block((const void *)word);
	trace_access("futex wait ends", word, -1, 0, 0);
}

void locks_futex_wake(const volatile void *word, unsigned n)
{
	if (fibers_self == NULL)
		return;
	step("futex wake", (const void *)word);
	while (n-- > 0 && fibers_wake((const void *)word, false))
		;
}
