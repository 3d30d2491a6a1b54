/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "_cgo_export.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned waiting, taken; /* requests: not yet taken; numbered */
static bool closed;

/* False: there will be no more. */
static bool take(unsigned *id)
{
	pthread_mutex_lock(&lock);
	while (waiting == 0 && !closed)
		pthread_cond_wait(&changed, &lock);
	bool any = waiting > 0;
	if (any) {
		waiting--;
		*id = taken++;
	}
	pthread_mutex_unlock(&lock);
	return any;
}

static void *serve(void *arg)
{
	(void)arg;
	/* One to three calls for a request: it begins, it reads, it ends. */
	for (unsigned id; take(&id);)
		for (unsigned call = 0; call <= id % 3; call++)
			pool_handle(id);
	return NULL;
}

/* Requests come in at random, uniform between nothing and twice the mean gap. */
static void send(unsigned requests, unsigned per_second)
{
	for (unsigned seed = 1; requests > 0; requests--) {
		struct timespec gap = {.tv_nsec = rand_r(&seed) % (2 * (1000000000L / per_second))};
		nanosleep(&gap, NULL);
		pthread_mutex_lock(&lock);
		waiting++;
		pthread_cond_signal(&changed);
		pthread_mutex_unlock(&lock);
	}
	pthread_mutex_lock(&lock);
	closed = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void pool_run(unsigned threads, unsigned requests, unsigned per_second)
{
	pthread_t thread[64];
	unsigned started = 0;
	while (started < threads && started < 64 && pthread_create(&thread[started], NULL, serve, NULL) == 0)
		started++;
	send(requests, per_second);
	for (unsigned i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
}
