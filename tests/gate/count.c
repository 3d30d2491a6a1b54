/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * count STRATEGY list|callback rseq|no-rseq CPUS MS [PAIRS...]: runs the benchmark's loop on one thread
 * and a list of that many ms, once for each PAIRS. A tool counts the instructions between count_pairs
 * and count_done. Prints the list's variant, and whether it asked for the number of CPUs.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loops.h"
#include "standin.h"

#define WARM 64 /* pairs before the counted ones */

bool standin_rseq;
long standin_cpus;
bool standin_asked;

/* The two marks. They are not static, so that no compiler copies them. */
void count_pairs(loops_run *run, struct loops_thread *t, uint64_t pairs);
void count_done(void);

__attribute__((noinline)) void count_pairs(loops_run *run, struct loops_thread *t, uint64_t pairs)
{
	run(t, pairs);
	__asm__ __volatile__(""); /* no tail call, so that the mark returns only after the loop */
}

__attribute__((noinline)) void count_done(void)
{
	__asm__ __volatile__("");
}

static const struct loops *find(const char *name)
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

/* The C library leaves out atomic instructions in a process that never had a second thread. A
 * runtime always has had one. */
static bool park_a_thread(void)
{
	pthread_t thread;
	return pthread_create(&thread, NULL, park, NULL) == 0 && pthread_detach(thread) == 0;
}

static bool fill(struct needm_runtime *rt, const struct extram_strategy *strategy, long ms, const char **why)
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

/* pairs ends with NULL. */
static bool count(const struct loops *loops, int kind, long ms, char **pairs)
{
	struct needm_runtime rt;
	const char *why;
	if (!fill(&rt, loops->strategy, ms, &why)) {
		fprintf(stderr, "count: %s: %s\n", loops->strategy->name, why);
		return false;
	}
	printf("%s\n%s\n", loops->strategy->variant(rt.list), standin_asked ? "asks" : "does not ask");
	struct loops_thread t = {.rt = &rt, .random = 1};
	loops->run[kind](&t, WARM);
	for (; *pairs != NULL; pairs++) {
		count_pairs(loops->run[kind], &t, strtoull(*pairs, NULL, 10));
		count_done();
	}
	loops->strategy->thread_exit(rt.list);
	needm_fini(&rt);
	return true;
}

int main(int argc, char **argv)
{
	const struct loops *loops = argc >= 6 ? find(argv[1]) : NULL;
	if (loops == NULL) {
		fprintf(stderr, "usage: count STRATEGY list|callback rseq|no-rseq CPUS MS [PAIRS...]\n");
		return 2;
	}
	standin_rseq = strcmp(argv[3], "rseq") == 0;
	standin_cpus = strtol(argv[4], NULL, 10);
	if (!park_a_thread()) {
		fprintf(stderr, "count: cannot start a thread\n");
		return 1;
	}
	if (standin_rseq)
		standin_register(); /* not earlier: the C library would register the other thread too */
	int kind = strcmp(argv[2], "callback") == 0 ? LOOPS_CALLBACK : 0;
	return count(loops, kind, strtol(argv[5], NULL, 10), argv + 6) ? 0 : 1;
}
