/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included with -include in everything that is explored, so that the sources stay unchanged. Replaces
 * waiting, locks, memory, thread-local variables and restartable sequences.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* The sanitizer's library does not understand fences; tsan.c does. */
#if defined(__GNUC__) && __GNUC__ >= 11 && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

/* The caller waits for another thread to change something. */
void hooks_yield(void);
void hooks_usleep(long us);

#define EXTRAM_YIELD() hooks_yield()
#define EXTRAM_USLEEP(us) hooks_usleep(us)
#define EXTRAM_SPINS 0

/* For strategies with tables: makes them as small as possible, so that the few ms here cross their
 * limits. */
#define EXTRAM_SMALL 1

/* As futex(2): locks.c. */
void locks_futex_wait(const volatile void *word, unsigned value);
void locks_futex_wake(const volatile void *word, unsigned n);

#define EXTRAM_FUTEX_WAIT(word, value) locks_futex_wait(word, value)
#define EXTRAM_FUTEX_WAKE(word, count) locks_futex_wake(word, count)

/* As in pthread.h: locks.c. */
int locks_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attributes);
int locks_mutex_destroy(pthread_mutex_t *m);
int locks_mutex_lock(pthread_mutex_t *m);
int locks_mutex_trylock(pthread_mutex_t *m);
int locks_mutex_unlock(pthread_mutex_t *m);
int locks_cond_init(pthread_cond_t *c, const pthread_condattr_t *attributes);
int locks_cond_destroy(pthread_cond_t *c);
int locks_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int locks_cond_signal(pthread_cond_t *c);
int locks_cond_broadcast(pthread_cond_t *c);

#define pthread_mutex_init locks_mutex_init
#define pthread_mutex_destroy locks_mutex_destroy
#define pthread_mutex_lock locks_mutex_lock
#define pthread_mutex_trylock locks_mutex_trylock
#define pthread_mutex_unlock locks_mutex_unlock
#define pthread_cond_init locks_cond_init
#define pthread_cond_destroy locks_cond_destroy
#define pthread_cond_wait locks_cond_wait
#define pthread_cond_signal locks_cond_signal
#define pthread_cond_broadcast locks_cond_broadcast

/* As in stdlib.h, from memory that is free again at the start of each run: alloc.c. */
void *alloc_aligned(size_t align, size_t bytes);
void *alloc_malloc(size_t bytes);
void *alloc_calloc(size_t n, size_t bytes);
void alloc_free(void *p);

#define aligned_alloc alloc_aligned
#define malloc alloc_malloc
#define calloc alloc_calloc
#define free alloc_free

/* See tls.h. */
void *tls_own(void *variable);

#define _Thread_local __attribute__((section("explore_tls")))
#define EXTRAM_OWN(variable) ((__typeof__(variable) *)tls_own(&(variable)))

/* Replaces rseq_cpu: the CPU of the model, as in cpus.h. The thread may have been moved since. */
unsigned hooks_cpu(void);

#include "rseq_model.h"

#endif
