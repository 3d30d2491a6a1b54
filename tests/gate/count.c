/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * count STRATEGY list|callback rseq|no-rseq CPUS MS [PAIRS...]: runs the benchmark's loop on one
 * thread and a list of that many ms, once for each PAIRS. A tool counts the instructions between
 * count_pairs and count_done. Prints the list's variant, and whether it asked for the number of
 * CPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counted.h"
#include "standin.h"

#define WARM 64 /* pairs before the counted ones */

/* pairs ends with NULL. */
static bool count(const struct loops *loops, int kind, long ms, char **pairs)
{
	struct needm_runtime rt;
	const char *why;
	if (!counted_fill(&rt, loops->strategy, ms, &why)) {
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
	const struct loops *loops = argc >= 6 ? counted_find(argv[1]) : NULL;
	if (loops == NULL) {
		fprintf(stderr, "usage: count STRATEGY list|callback rseq|no-rseq CPUS MS [PAIRS...]\n");
		return 2;
	}
	if (!counted_start(argv[3], argv[4])) {
		fprintf(stderr, "count: cannot start a thread\n");
		return 1;
	}
	int kind = strcmp(argv[2], "callback") == 0 ? LOOPS_CALLBACK : 0;
	return count(loops, kind, strtol(argv[5], NULL, 10), argv + 6) ? 0 : 1;
}
