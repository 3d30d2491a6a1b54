/* SPDX-License-Identifier: BSD-3-Clause */
/* One run of the model, and what it found. */
#ifndef MODEL_RUNS_H
#define MODEL_RUNS_H

#include "client.h"

struct runs_plan {
	const struct client_program *program;
	uint32_t threads;
	const uint32_t *place; /* the index in machine.place of each thread's CPU */
	uint64_t seed;
	double instructions; /* of an operation that meets nobody; below 0: so many as the kernels' default for each access */
	uint64_t length_ps;  /* simulated; a quarter of it passes before anything counts */
};

struct runs_result {
	uint64_t operations;
	double thread_ns;  /* of a thread, for an operation */
	double system_ns;  /* from one operation to the next, of all threads */
	double jain;       /* fairness over threads: 1 all equal, 1 / threads one has all */
	double run_length; /* operations in a row of one thread */
};

/* False: the program failed; the cause was printed. */
bool runs_run(const struct runs_plan *plan, struct runs_result *result);

#endif
