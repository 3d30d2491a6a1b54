/* SPDX-License-Identifier: BSD-3-Clause */
#include "counted.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standin.h"

bool standin_rseq;
long standin_cpus;
bool standin_asked;

/* The marks are not static, so that no compiler copies them. */
__attribute__((noinline)) void count_pairs(loops_run *run, struct loops_thread *t, uint64_t pairs)
{
	run(t, pairs);
	__asm__ __volatile__(""); /* no tail call, so that the mark returns only after the loop */
}

__attribute__((noinline)) void count_done(void)
{
	__asm__ __volatile__("");
}

const struct loops *counted_find(const char *name)
{
	for (size_t i = 0; loops_all[i] != NULL; i++)
		if (strcmp(loops_all[i]->strategy->name, name) == 0)
			return loops_all[i];
	return NULL;
}

static void *park(void *unused)
{
	for (;;)
		pause();
	return unused;
}

bool counted_start(const char *rseq, const char *cpus)
{
	pthread_t thread;
	standin_rseq = strcmp(rseq, "rseq") == 0;
	standin_cpus = strtol(cpus, NULL, 10);
	/* The C library leaves out atomic instructions in a process that never had a second thread.
	 * A runtime always has had one. */
	if (pthread_create(&thread, NULL, park, NULL) != 0 || pthread_detach(thread) != 0)
		return false;
	if (standin_rseq)
		standin_register(0); /* not earlier: the C library would register the other thread too */
	return true;
}

bool counted_fill(struct needm_runtime *rt, const struct extram_strategy *strategy, long ms, const char **why)
{
	if (!needm_init(rt, strategy, &needm_libc_memory, why))
		return false;
	for (long i = 1; i < ms; i++)
		if (!one_new_extra_m(rt, why)) {
			needm_fini(rt);
			return false;
		}
	return true;
}
