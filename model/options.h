/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of extram-model. */
#ifndef MODEL_OPTIONS_H
#define MODEL_OPTIONS_H

#include "client.h"
#include "machine.h"
#include "sim.h"

#define OPTIONS_PROGRAMS 64
#define OPTIONS_COUNTS 64

enum options_fill { OPTIONS_CORES, OPTIONS_NEIGHBOURS, OPTIONS_SCATTER };

struct options {
	const char *program[OPTIONS_PROGRAMS]; /* of strategies or kernels */
	uint32_t program_count;
	uint32_t threads[OPTIONS_COUNTS], thread_count;
	uint32_t cpu[SIM_THREADS], cpu_count; /* --cpus: indices of machine.place */
	enum options_fill fill;
	uint32_t hold_ns, think_ns, ms;
	bool drawn, print, places;
	uint64_t seed, length_us;
	double instructions;
};

/* Reads the machine, too. False: bad usage; the cause was printed. */
bool options_parse(struct options *o, int argc, char **argv);

/* The p-th program. False: there is none of that name; the cause was printed. */
bool options_program(const struct options *o, uint32_t p, struct client_program *program);

/* All places in the order of --fill: each core first, neighbours first, or packages in turn. */
void options_order(const struct options *o, uint32_t order[MACHINE_CPUS]);

#endif
