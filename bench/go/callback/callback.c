/* SPDX-License-Identifier: BSD-3-Clause */
#include "callback.h"

#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct extram_go_facts facts;
static bool ready;

void extram_go_publish(const uint32_t *length, uint32_t procs)
{
	pthread_mutex_lock(&lock);
	facts = (struct extram_go_facts){length, procs};
	ready = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

struct extram_go_facts extram_go_ready(void)
{
	pthread_mutex_lock(&lock);
	while (!ready)
		pthread_cond_wait(&changed, &lock);
	struct extram_go_facts found = facts;
	pthread_mutex_unlock(&lock);
	return found;
}

void extram_go_enter(extram_go_inside *inside, void *arg)
{
	inside(arg);
}
