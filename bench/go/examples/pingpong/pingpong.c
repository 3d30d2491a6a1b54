/* SPDX-License-Identifier: BSD-3-Clause */
#include "pingpong.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "_cgo_export.h"

/* A request: looked up, read, released. */
static void *live(void *arg)
{
	for (unsigned call = 0; call < 3; call++)
		pingpong_request((unsigned)(uintptr_t)arg + call);
	return NULL;
}

/* Each thread's end is the next one's beginning. */
static void *run_line(void *arg)
{
	unsigned threads = (unsigned)(uintptr_t)arg;
	for (unsigned i = 0; i < threads; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, live, (void *)(uintptr_t)i) != 0)
			break;
		pthread_join(thread, NULL);
	}
	return NULL;
}

void pingpong_run(unsigned lines, unsigned threads)
{
	pthread_t line[16];
	unsigned started = 0;
	while (started < lines && started < 16 && pthread_create(&line[started], NULL, run_line, (void *)(uintptr_t)threads) == 0)
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(line[i], NULL);
}
