/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle_memory NAME: what 1000 idle threads cost after a callback each, made one after another, and
 * after a signal each, whose handler needs an m. The threads are the same before and after it. So
 * the difference is the resident memory that the callback added, by /proc/self/statm: ms, signal
 * stacks, thread-local pages, and pages of the threads' own stacks that the callback was the first
 * to touch. Page tables are not in it. A handler touches a page or two of a signal stack.
 *
 * Where another thread may take a bound m, a callback adds at most 8 KB a thread, and a few ms do
 * for all. Exit 77: a sanitizer's memory would count too.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "needm_signal.h"
#include "sanitized.h"

#define THREADS 1000
#define MOST_BYTES 8192
#define MOST_MS 8 /* three, and a few for what runs beside it */

static struct needm_runtime rt;
static sem_t call[THREADS], idle;

static void on_signal(int sig)
{
	(void)sig;
	needm_signal_leave(&rt, rt.strategy, needm_signal_enter(&rt, rt.strategy));
	sem_post(&idle);
}

static void *live(void *arg)
{
	sem_t *mine = arg;
	sem_post(&idle);
	sem_wait(mine);
	needm_refill(&rt, needm_enter(&rt, rt.strategy));
	needm_leave(&rt, rt.strategy);
	sem_post(&idle);
	sem_wait(mine);
	needm_thread_exit(&rt);
	return NULL;
}

static void all_call(void)
{
	for (int i = 0; i < THREADS; i++) {
		sem_post(&call[i]);
		sem_wait(&idle);
	}
}

static void all_handle(pthread_t *threads)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_kill(threads[i], SIGUSR1);
		sem_wait(&idle);
	}
}

static long resident(void)
{
	long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f == NULL || fscanf(f, "%ld %ld", &size, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static bool start(pthread_t *threads)
{
	sem_init(&idle, 0, 0);
	for (int i = 0; i < THREADS; i++) {
		sem_init(&call[i], 0, 0);
		if (pthread_create(&threads[i], NULL, live, &call[i]) != 0)
			return false;
		sem_wait(&idle);
	}
	return true;
}

struct bytes {
	long at_start, idle, called, handled;
};

/* The number of ms made. */
static unsigned measure(pthread_t *threads, struct bytes *b)
{
	b->idle = resident();
	all_call();
	b->called = resident();
	all_handle(threads);
	b->handled = resident();
	/* relaxed: the semaphores order it. */
	unsigned made = atomic_load_explicit(&rt.created, memory_order_relaxed);
	for (int i = 0; i < THREADS; i++)
		sem_post(&call[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return made;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS];
	const struct extram_strategy *s = argc == 2 ? extram_find(argv[1]) : NULL;
	const char *why = "usage: idle_memory STRATEGY";
	if (SANITIZED_THREAD || SANITIZED_ADDRESS)
		return 77;
	if (s == NULL || !needm_init(&rt, s, &needm_libc_memory, &why)) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	struct bytes b = {.at_start = resident()};
	if (b.at_start == 0 || !start(threads)) {
		fprintf(stderr, "no /proc/self/statm, or no %d threads\n", THREADS);
		return 77;
	}
	unsigned made = measure(threads, &b);
	needm_fini(&rt);
	const double kb = 1024.0 * THREADS;
	printf("%s: KB a thread: %.1f idle, %.1f more after a callback, %.1f more after a signal; %u ms\n", s->name,
	       (double)(b.idle - b.at_start) / kb, (double)(b.called - b.idle) / kb, (double)(b.handled - b.called) / kb, made);
	return s->bound != NULL && (b.called - b.idle > (long)MOST_BYTES * THREADS || made > MOST_MS);
}
