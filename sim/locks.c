/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pthread mutexes, condition variables and futexes, and how threads wait. Each call is one step. A
 * wait may end without a signal: see driver_sleeps. A futex's word is compared and slept on in one
 * step; the kernel does so under a lock of its own.
 */
#include <errno.h>

#include "hooks.h"
#include "machine.h"

#define LOCKS 64

static struct lock {
	const void *mutex;
	const struct sim_thread *owner;
} all[LOCKS];
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
		sim_fail("more than %d mutexes: raise LOCKS", LOCKS);
	all[count] = (struct lock){.mutex = mutex};
	return &all[count++];
}

static void step(enum sim_event event, const void *object)
{
	signals_arrive();
	sim_turn(SIM_STEP, 0);
	driver_event(event, object);
}

static void acquire(struct lock *l)
{
	while (l->owner != NULL)
		fibers_block(l->mutex);
	l->owner = sim_self;
	driver_event(SIM_LOCKED, l->mutex);
}

static void release(struct lock *l)
{
	if (l->owner != sim_self)
		sim_fail("thread %d unlocks a mutex that it has not locked", sim_self->id);
	l->owner = NULL;
	driver_event(SIM_UNLOCKED, l->mutex);
	fibers_wake(SIM_UNLOCKED, l->mutex);
}

int hooks_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes)
{
	(void)m, (void)attributes;
	return 0;
}

int hooks_mutex_destroy(pthread_mutex_t *m)
{
	if (find(m)->owner != NULL)
		sim_fail("a locked mutex is destroyed");
	return 0;
}

int hooks_mutex_lock(pthread_mutex_t *m)
{
	if (sim_self == NULL) {
		if (find(m)->owner != NULL)
			sim_fail("thread %d left with a mutex locked", find(m)->owner->id);
		return 0;
	}
	step(SIM_LOCK, m);
	if (find(m)->owner == sim_self)
		sim_fail("thread %d locks a mutex again that it holds", sim_self->id);
	acquire(find(m));
	return 0;
}

int hooks_mutex_trylock(pthread_mutex_t *m)
{
	if (sim_self == NULL)
		return 0;
	step(SIM_TRYLOCK, m);
	if (find(m)->owner != NULL)
		return EBUSY;
	acquire(find(m));
	return 0;
}

int hooks_mutex_unlock(pthread_mutex_t *m)
{
	if (sim_self == NULL)
		return 0;
	step(SIM_UNLOCK, m);
	release(find(m));
	return 0;
}

int hooks_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes)
{
	(void)c, (void)attributes;
	return 0;
}

int hooks_cond_destroy(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

int hooks_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (sim_self == NULL)
		sim_fail("a wait with nobody to end it");
	step(SIM_WAIT, c);
	release(find(m));
	if (driver_sleeps())
		fibers_block(c);
	acquire(find(m));
	driver_event(SIM_WAIT_ENDS, c);
	return 0;
}

int hooks_cond_signal(pthread_cond_t *c)
{
	if (sim_self == NULL)
		return 0;
	step(SIM_SIGNAL, c);
	fibers_wake(SIM_SIGNAL, c);
	return 0;
}

int hooks_cond_broadcast(pthread_cond_t *c)
{
	if (sim_self == NULL)
		return 0;
	step(SIM_BROADCAST, c);
	fibers_wake(SIM_BROADCAST, c);
	return 0;
}

void hooks_futex_wait(const volatile void *word, unsigned value)
{
	struct sim_access a = {
	    .kind = SIM_FUTEX_READ, .size = sizeof(value), .address = (volatile void *)word, .site = __builtin_return_address(0)};
	if (sim_self == NULL)
		sim_fail("a wait with nobody to end it");
	machine_access(&a);
	if (a.found[0] != value)
		return;
	if (driver_sleeps())
		fibers_block((const void *)word);
	driver_event(SIM_FUTEX_ENDS, (const void *)word);
}

void hooks_futex_wake(const volatile void *word, unsigned n)
{
	if (sim_self == NULL)
		return;
	step(SIM_FUTEX_WAKE, (const void *)word);
	while (n-- > 0 && fibers_wake(SIM_FUTEX_WAKE, (const void *)word))
		;
}

static void wait_for_others(enum sim_why why, long us)
{
	if (sim_self == NULL)
		sim_fail("a thread waits for ever after all others have left");
	sim_turn(why, us);
}

void hooks_yield(void)
{
	wait_for_others(SIM_YIELD, 0);
}

void hooks_usleep(long us)
{
	wait_for_others(SIM_SLEEP, us);
}

void hooks_pause(void)
{
	if (sim_self != NULL)
		sim_turn(SIM_PAUSE, 0);
}
