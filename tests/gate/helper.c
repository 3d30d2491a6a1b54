/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper.h"

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#include "standin.h"

static sem_t to_helper, to_main;
static void (*current)(void);
static bool done;
static _Thread_local bool here;

void helper_stop(void)
{
	sem_post(&to_main);
	while (sem_wait(&to_helper) != 0)
		;
}

static void *helper(void *unused)
{
	here = true;
	helper_stop();
	if (standin_rseq)
		standin_register(standin_cpus > 1 ? 1 : 0);
	for (;;) {
		done = false;
		current();
		done = true;
		helper_stop();
	}
	return unused;
}

bool helper_start(void)
{
	pthread_t thread;
	if (sem_init(&to_helper, 0, 0) != 0 || sem_init(&to_main, 0, 0) != 0)
		return false;
	if (pthread_create(&thread, NULL, helper, NULL) != 0 || pthread_detach(thread) != 0)
		return false;
	helper_await();
	return true;
}

bool helper_here(void)
{
	return here;
}

void helper_let_go(void)
{
	sem_post(&to_helper);
}

bool helper_await(void)
{
	while (sem_wait(&to_main) != 0)
		;
	return done;
}

bool helper_goes_on(void)
{
	helper_let_go();
	return helper_await();
}

bool helper_does(void (*job)(void))
{
	current = job;
	return helper_goes_on();
}
