/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included with -include before each strategy, after standin.h, so that the sources stay unchanged.
 * A strategy that waits, locks or makes a barrier tells lasting.c, which may let another thread act
 * at that instant.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rseq.h"

/* As sched_yield, usleep, futex(2), pthread.h. */
void events_yield(void);
void events_usleep(long us);
void events_futex_wait(const volatile void *word, uint32_t value);
int events_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int events_mutex_lock(pthread_mutex_t *m);

/* The calling thread is about to make a barrier in all threads. */
void events_fence(void);

static inline void events_rseq_fence(void)
{
	events_fence();
	rseq_fence();
}

#define EXTRAM_YIELD() events_yield()
#define EXTRAM_USLEEP(us) events_usleep(us)
#define EXTRAM_FUTEX_WAIT(word, value) events_futex_wait(word, value)
#define EXTRAM_FUTEX_WAKE(word, count) ((void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count))
#define pthread_cond_wait(c, m) events_cond_wait(c, m)
#define pthread_mutex_lock(m) events_mutex_lock(m)
#define rseq_fence() events_rseq_fence()

#endif
