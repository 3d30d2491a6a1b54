/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bound.h across fork. The child has one thread: the one that forked. The queue still has the
 * records of all the others, and their memory may be in use for something else by now. So the first
 * thread of the child that takes the lock empties the queue. Only the record of the thread that
 * forked remains.
 *
 * Source: fork(2) and pthread_atfork(3).
 */
#ifndef EXTRAM_BOUND_FORK_H
#define EXTRAM_BOUND_FORK_H

#include <pthread.h>

#include "bound.h"

/* The calling thread's record. */
static _Thread_local struct bound_record own;

/* Written in a child while it has one thread. Plain: its other threads start later. */
static struct {
	uint32_t count;              /* forks from the first process to this one */
	struct bound_record *record; /* of the thread that forked, and the list that it was bound to */
	uint64_t list;
} forks;

static pthread_once_t forks_once = PTHREAD_ONCE_INIT;
static bool forks_watched;

static void in_child(void)
{
	forks.record = EXTRAM_OWN(own);
	forks.list = bound_list(forks.record);
	forks.count++;
}

static void watch_forks(void)
{
	forks_watched = pthread_atfork(NULL, NULL, in_child) == 0;
}

/* Any thread may call it, again too. False: no memory. */
static inline bool bound_watch_forks(void)
{
	pthread_once(&forks_once, watch_forks);
	return forks_watched;
}

/* The first thing to do with the lock. If the thread that forked was bound to this list and has
 * ended since, it was here before. */
static inline void bound_after_fork(struct bound_threads *b, uint64_t id)
{
	if (extram_likely(b->forks == forks.count))
		return;
	b->forks = forks.count;
	TAILQ_INIT(&b->queue);
	b->count = 0;
	if (forks.list != id || bound_m(forks.record) == NULL)
		return;
	TAILQ_INSERT_TAIL(&b->queue, forks.record, link);
	b->count = 1;
}

#endif
