/* SPDX-License-Identifier: BSD-3-Clause */
/* planted SANITIZER: makes one error of the kind that this sanitizer finds. Exits with 0 only if
 * the sanitizer misses it. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int shared;

static void *add(void *arg)
{
	(void)arg;
	shared++;
	return NULL;
}

static void race(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, add, NULL) != 0)
		exit(0);
	shared++;
	pthread_join(thread, NULL);
}

static void read_behind(void)
{
	volatile size_t behind = 16; /* volatile, so that the compiler does not see it */
	char *p = calloc(behind, 1);
	shared = p == NULL ? 0 : p[behind];
	free(p);
}

static void overflow(void)
{
	volatile int most = INT_MAX;
	shared = most + 1;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	if (strcmp(what, "thread") == 0)
		race();
	else if (strcmp(what, "address") == 0)
		read_behind();
	else if (strcmp(what, "undefined") == 0)
		overflow();
	return 0;
}
