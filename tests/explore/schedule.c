/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule.h"

#include <stdio.h>
#include <string.h>

#include "record.h"
#include "search.h"

#define MUTEXES 16

struct thread schedule_threads[CLOCK_THREADS];
static int count;
static uint32_t runnable, paused, unfinished; /* masks */
static uint32_t steps, changes;
static uint32_t turns, left; /* under the fair scheduler: turns so far, and steps left of this one */

/* An unlock of a mutex happens before the next lock of it. Condition variables and futexes order
 * nothing. */
static struct {
	const void *mutex;
	struct clock unlocked;
} mutexes[MUTEXES];
static int mutex_count;

void schedule_begin(int threads)
{
	count = threads;
	memset(schedule_threads, 0, sizeof(schedule_threads[0]) * (size_t)threads);
	for (int i = 0; i < threads; i++)
		schedule_threads[i].id = i;
	runnable = unfinished = (1U << threads) - 1;
	paused = steps = changes = turns = left = 0;
	mutex_count = 0;
	cpus_reset();
}

int schedule_count(void)
{
	return count;
}

static uint32_t bit(const struct thread *t)
{
	return 1U << t->id;
}

static void never_served(const char *why)
{
	char text[200] = "";
	for (int i = 0; i < count; i++)
		if (unfinished & 1U << i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " thread %d %s;", i,
				 sim_thread(i)->waits_for != NULL ? "is blocked" : "spins or sleeps");
	sim_fail("never served:%s %s", text, why);
}

bool schedule_fair(void)
{
	return steps > SCHEDULE_FAIR;
}

static void count_step(void)
{
	if (++steps > SCHEDULE_STEPS)
		never_served("they took turns, and came to no end");
}

/* One of the threads in a mask that is not 0. A thread that pauses ends its turn. */
static int in_turn(uint32_t mask, bool pauses)
{
	int next = sim_self->id;
	if (!pauses && left > 0) {
		left--;
		return next;
	}
	left = 8 * ++turns;
	do
		next = (next + 1) % CLOCK_THREADS;
	while ((mask & 1U << next) == 0);
	return next;
}

static int choose(enum search_kind kind, bool self_too)
{
	int self = sim_self->id;
	uint32_t others = runnable & ~(1U << self), mask = self_too ? runnable : others;
	if (others == 0) {
		if (!self_too)
			never_served("nobody is left to change anything");
		return self;
	}
	return schedule_fair() ? in_turn(mask, kind == SEARCH_FREE) : search_thread(kind, self_too ? self : -1, mask);
}

/* The thread cannot continue until another one changes a value. But its last read may be out of
 * date; then it may look again at once. */
static int pauses(struct thread *t)
{
	count_step();
	t->waited = t->pauses = true;
	if (t->stale || changes - t->changed != t->known)
		return choose(SEARCH_FREE, true);
	runnable &= ~bit(t);
	paused |= bit(t);
	return choose(SEARCH_FREE, false);
}

static int next(struct thread *t, enum sim_why why)
{
	switch (why) {
	case SIM_BEGINS:
		return search_thread(SEARCH_FREE, -1, runnable);
	case SIM_PAUSE:
		return t->id;
	case SIM_STEP:
		count_step();
		return choose(SEARCH_PREEMPTION, true);
	case SIM_YIELD:
	case SIM_SLEEP:
		return pauses(t);
	case SIM_BLOCKED:
		t->waited = true;
		break;
	case SIM_ENDED:
		unfinished &= ~bit(t);
		break;
	}
	runnable &= ~bit(t);
	return choose(SEARCH_FREE, false);
}

int driver_next(enum sim_why why, long us)
{
	(void)us;
	struct thread *self = why == SIM_BEGINS ? NULL : schedule_self(), *to = &schedule_threads[next(self, why)];
	if (to != self)
		cpus_switch(to);
	if (to->pauses) {
		to->pauses = to->stale = false;
		to->known = changes - to->changed;
	}
	return to->id;
}

void driver_woken(struct sim_thread *t)
{
	runnable |= 1U << t->id;
}

int driver_waiter(enum sim_event event, struct sim_thread *const *waiters, int n)
{
	(void)waiters;
	return event == SIM_UNLOCKED ? -1 : (int)search_pick(SEARCH_FREE, (uint32_t)n);
}

bool driver_sleeps(void)
{
	return search_pick(SEARCH_SPURIOUS, 2) == 0;
}

void schedule_changed(void)
{
	changes++;
	schedule_self()->changed++;
	uint32_t others = paused & ~bit(schedule_self());
	runnable |= others;
	paused &= ~others;
}

struct thread *schedule_step(void)
{
	struct thread *t = schedule_self();
	t->now.when[t->id]++;
	history_step(t);
	return t;
}

static struct clock *unlocked(const void *mutex)
{
	for (int i = 0; i < mutex_count; i++)
		if (mutexes[i].mutex == mutex)
			return &mutexes[i].unlocked;
	if (mutex_count == MUTEXES)
		sim_fail("more than %d mutexes: raise MUTEXES", MUTEXES);
	mutexes[mutex_count].mutex = mutex;
	memset(&mutexes[mutex_count].unlocked, 0, sizeof(struct clock));
	return &mutexes[mutex_count++].unlocked;
}

bool driver_signal(void)
{
	return search_pick(SEARCH_SIGNAL, 2) == 1;
}

/* What a handler does is no part of the operation that it interrupts. */
static void interrupt(struct thread *t, bool ends)
{
	if (ends) {
		t->op = t->interrupted;
		t->interrupted = NULL;
		t->waited = t->waited_before;
		return;
	}
	t->interrupted = t->op;
	t->waited_before = t->waited;
	t->op = NULL;
	t->waited = false;
}

void driver_event(enum sim_event event, const void *object)
{
	static const char *const names[] = {
	    [SIM_LOCK] = "lock",
	    [SIM_TRYLOCK] = "trylock",
	    [SIM_UNLOCK] = "unlock",
	    [SIM_WAIT] = "wait",
	    [SIM_SIGNAL] = "signal",
	    [SIM_BROADCAST] = "broadcast",
	    [SIM_WAIT_ENDS] = "wait ends",
	    [SIM_FUTEX_WAKE] = "futex wake",
	    [SIM_FUTEX_ENDS] = "futex wait ends",
	    [SIM_HANDLER] = "handler",
	    [SIM_HANDLER_ENDS] = "handler ends",
	    [SIM_CPU_NUMBER] = "cpu number",
	    [SIM_ABORTED] = "sequence is aborted",
	};
	struct thread *t = schedule_self();
	bool section = event == SIM_CPU_NUMBER || event == SIM_ABORTED;
	if (event <= SIM_FUTEX_WAKE)
		schedule_step();
	if (event == SIM_HANDLER || event == SIM_HANDLER_ENDS)
		interrupt(t, event == SIM_HANDLER_ENDS);
	if (event == SIM_WAIT)
		t->waited = true; /* even if it ends without a signal */
	if (event == SIM_LOCKED) {
		clock_join(&t->now, unlocked(object));
		schedule_step(); /* what it waited for has happened by now */
	} else if (event == SIM_UNLOCKED) {
		*unlocked(object) = t->now;
	} else {
		trace_access(
		    &(struct trace){.what = names[event], .place = object, .order = -1, .value = section ? (uint64_t)sim_self->cpu : 0});
	}
}
