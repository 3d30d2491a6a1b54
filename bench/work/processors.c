/* SPDX-License-Identifier: BSD-3-Clause */
/*
 *   status    owner of the processor
 *   IDLE      none: it is on the idle list, or owned by the thread that is passing it on
 *   RUNNING   a callback
 *   SYSCALL   none, but reserved for a callback in C; the first thread to change the status owns it
 */
#include "processors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "clock.h"
#include "extram.h"
#include "wait.h"

/* Go: sysmon and retake. */
#define LOOK_US 20
#define LOOK_MOST_US 10000
#define LOOKS_IN_VAIN 50
#define LEAVE_NS 10000000

enum status { IDLE, RUNNING, SYSCALL };

struct waiter;

struct processor {
	_Alignas(EXTRAM_APART) _Atomic uint32_t status; /* enum status */
	_Atomic uint32_t syscalltick;                   /* incremented by each entersyscall */
	_Atomic uint32_t carry;                         /* 1: its carrier must pass it on, or end */
	struct waiter *next_user;                       /* the waiter to pass it to */
	struct processors *all;
	struct processor *link; /* on the idle list */
	/* Used by the monitor only: what it saw at its last poll, and since when. */
	uint32_t seen_tick;
	uint64_t seen_ns;
};

/* A thread that sleeps until it gets a processor. On that thread's stack. */
struct waiter {
	STAILQ_ENTRY(waiter) next;
	struct processor *given;
	_Atomic uint32_t note; /* 1: given is set */
};

struct processors {
	uint32_t count;
	pthread_t *thread; /* a carrier for each processor, then the monitor */
	uint32_t started;
	_Atomic bool ending;
	_Atomic uint32_t awake; /* 0: the monitor sleeps until woken */
	pthread_mutex_t lock;   /* Go: sched.lock; guards the fields below */
	uint32_t idles;
	struct processor *idle;        /* LIFO, as in Go */
	STAILQ_HEAD(, waiter) waiters; /* FIFO. Go: sched.runq */
	struct processor one[];
};

static void wake(_Atomic uint32_t *note)
{
	/*
	 * release: pairs with the acquire in sleep_on. The waiter's note may be invalid after the
	 * store, but the kernel uses only its address.
	 */
	atomic_store_explicit(note, 1, memory_order_release);
	EXTRAM_FUTEX_WAKE(note, 1);
}

static void sleep_on(_Atomic uint32_t *note)
{
	/* acquire: pairs with the release in wake. */
	while (atomic_load_explicit(note, memory_order_acquire) == 0)
		EXTRAM_FUTEX_WAIT(note, 0);
}

static void set_status(struct processor *p, enum status status)
{
	/* release: pairs with the acquire in claim: the next owner sees what this one did. */
	atomic_store_explicit(&p->status, status, memory_order_release);
}

/* Takes a processor that is in SYSCALL. False: another thread took it. */
static bool claim(struct processor *p, enum status status)
{
	uint32_t left = SYSCALL;
	/*
	 * acquire: pairs with the release in set_status. relaxed on failure: nothing of the
	 * processor is used.
	 */
	return atomic_compare_exchange_strong_explicit(&p->status, &left, status, memory_order_acquire, memory_order_relaxed);
}

/* Caller holds the lock. Go: pidleput. */
static void put_idle(struct processor *p)
{
	p->link = p->all->idle;
	p->all->idle = p;
	p->all->idles++;
}

/* Caller holds the lock. Go: pidleget, and the wake-up of sysmon in exitsyscallfast. */
static struct processor *take_idle(struct processors *all)
{
	struct processor *p = all->idle;
	if (p == NULL)
		return NULL;
	all->idle = p->link;
	all->idles--;
	/* relaxed: the lock orders it, since the monitor holds it to go to sleep. */
	if (atomic_load_explicit(&all->awake, memory_order_relaxed) == 0)
		wake(&all->awake);
	return p;
}

struct processor *processors_at(struct processors *all, uint32_t i)
{
	return &all->one[i];
}

struct processor *processors_exitsyscall(struct processors *all, struct processor *old)
{
	struct waiter w = {0};
	if (old != NULL && claim(old, RUNNING))
		return old;
	pthread_mutex_lock(&all->lock);
	struct processor *p = take_idle(all);
	if (p == NULL)
		STAILQ_INSERT_TAIL(&all->waiters, &w, next);
	pthread_mutex_unlock(&all->lock);
	if (p == NULL) {
		sleep_on(&w.note);
		p = w.given;
	}
	set_status(p, RUNNING);
	return p;
}

void processors_entersyscall(struct processor *p)
{
	/* relaxed: the release below orders it. */
	atomic_fetch_add_explicit(&p->syscalltick, 1, memory_order_relaxed);
	set_status(p, SYSCALL);
}

/*
 * A carrier passes its processor on. In Go this is a thread of the runtime that runs the scheduler
 * and finds a goroutine locked to another thread. A processor has one owner at a time, so one
 * carrier for each is equivalent to Go's list of idle threads.
 */
static void *carry(void *arg)
{
	struct processor *p = arg;
	for (;;) {
		sleep_on(&p->carry);
		/* relaxed, both: wake orders them, and only the processor's owner writes carry. */
		if (atomic_load_explicit(&p->all->ending, memory_order_relaxed))
			return NULL;
		atomic_store_explicit(&p->carry, 0, memory_order_relaxed);
		p->next_user->given = p;
		wake(&p->next_user->note);
	}
}

/* Called by the monitor, which holds the lock. Go: handoffp. */
static void hand_off(struct processor *p)
{
	p->next_user = STAILQ_FIRST(&p->all->waiters);
	if (p->next_user == NULL) {
		put_idle(p);
		return;
	}
	STAILQ_REMOVE_HEAD(&p->all->waiters, next);
	wake(&p->carry);
}

/* Polls one processor. Caller holds the lock. True: retaken. Go: retake. */
static bool retake(struct processor *p, uint64_t now_ns)
{
	/* relaxed, both: claim decides; a stale tick only costs a poll. */
	uint32_t tick = atomic_load_explicit(&p->syscalltick, memory_order_relaxed);
	if (atomic_load_explicit(&p->status, memory_order_relaxed) != SYSCALL)
		return false;
	if (p->seen_tick != tick) {
		p->seen_tick = tick;
		p->seen_ns = now_ns;
		return false;
	}
	if (STAILQ_EMPTY(&p->all->waiters) && p->all->idles > 0 && p->seen_ns + LEAVE_NS > now_ns)
		return false;
	bool taken = claim(p, IDLE);
	if (taken)
		hand_off(p);
	return taken;
}

/* Sleeps while all processors are idle. True: it slept. Go: the wait on sched.sysmonnote. */
static bool sleep_deeply(struct processors *all)
{
	pthread_mutex_lock(&all->lock);
	/* relaxed, both: the lock orders them. */
	bool deep = !atomic_load_explicit(&all->ending, memory_order_relaxed) && all->idles == all->count;
	if (deep)
		atomic_store_explicit(&all->awake, 0, memory_order_relaxed);
	pthread_mutex_unlock(&all->lock);
	sleep_on(&all->awake);
	return deep;
}

static uint32_t retake_all(struct processors *all)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint32_t taken = 0;
	pthread_mutex_lock(&all->lock);
	for (uint32_t i = 0; i < all->count; i++)
		taken += retake(&all->one[i], now_ns);
	pthread_mutex_unlock(&all->lock);
	return taken;
}

/* Go: sysmon. */
static void *watch(void *arg)
{
	struct processors *all = arg;
	uint32_t in_vain = 0;
	long delay_us = LOOK_US;
	/* relaxed: a flag; no data goes with it. */
	while (!atomic_load_explicit(&all->ending, memory_order_relaxed)) {
		EXTRAM_USLEEP(delay_us);
		bool slept = sleep_deeply(all);
		if (retake_all(all) > 0 || slept) {
			in_vain = 0;
			delay_us = LOOK_US;
		} else if (++in_vain > LOOKS_IN_VAIN) {
			delay_us = delay_us * 2 < LOOK_MOST_US ? delay_us * 2 : LOOK_MOST_US;
		}
	}
	return NULL;
}

static void make(struct processors *all, uint32_t count)
{
	pthread_mutex_init(&all->lock, NULL);
	/* relaxed: no other thread uses it yet. */
	atomic_store_explicit(&all->awake, 1, memory_order_relaxed);
	all->count = count;
	STAILQ_INIT(&all->waiters);
	for (uint32_t i = count; i-- > 0;) {
		all->one[i].all = all;
		put_idle(&all->one[i]);
	}
}

static bool start(struct processors *all)
{
	all->thread = calloc(all->count + 1, sizeof(*all->thread));
	while (all->thread != NULL && all->started <= all->count) {
		bool carrier = all->started < all->count;
		void *arg = carrier ? (void *)&all->one[all->started] : all;
		if (pthread_create(&all->thread[all->started], NULL, carrier ? carry : watch, arg) != 0)
			break;
		all->started++;
	}
	return all->started > all->count;
}

struct processors *processors_new(uint32_t count)
{
	size_t bytes = sizeof(struct processors) + count * sizeof(struct processor);
	struct processors *all = aligned_alloc(EXTRAM_APART, (bytes + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART);
	if (all != NULL) {
		memset((void *)all, 0, bytes);
		make(all, count);
		if (start(all))
			return all;
		processors_free(all);
	}
	fprintf(stderr, "extram-bench: no memory or no threads for the scheduler model\n");
	return NULL;
}

void processors_free(struct processors *all)
{
	pthread_mutex_lock(&all->lock);
	/* relaxed: the lock orders it for the monitor before it sleeps, wake for carriers. */
	atomic_store_explicit(&all->ending, true, memory_order_relaxed);
	pthread_mutex_unlock(&all->lock);
	wake(&all->awake);
	/* Joins the monitor first, which is the last thread: it may be handing off a processor. */
	for (uint32_t i = all->started; i-- > 0;) {
		if (i < all->count)
			wake(&all->one[i].carry);
		pthread_join(all->thread[i], NULL);
	}
	pthread_mutex_destroy(&all->lock);
	free(all->thread);
	free(all);
}
