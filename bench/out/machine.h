/* SPDX-License-Identifier: BSD-3-Clause */
/* Facts about the machine, the system and the build, recorded beside the numbers. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

#include "c2c.h"
#include "topology.h"

struct machine {
	const char *arch;
	const char *source; /* measured or emulated */
	char cpu_model[160];
	char fingerprint[17];      /* 64 bits in hexadecimal */
	char fingerprint_of[2048]; /* the hashed text */
	char build_id[64];
	char unfit[256]; /* why this build is unfit for a baseline; empty: it is fit */
	char c2c[160];   /* what machine_measure_c2c found; empty: not measured */
};

/* Reads the facts. Call after clock_init and spin_init. */
void machine_read(struct machine *machine, const struct topology *topology, bool emulated);

struct machine_run {
	const char *id;
	const char *command; /* as it was called */
};

/*
 * Measures core-to-core latency and writes it as STEM.c2c.csv (see c2c.h). Does nothing with one
 * CPU or without bound threads. Not thread-safe. False: the cause was printed.
 */
bool machine_measure_c2c(struct machine *machine, const struct topology *topology, const char *stem, const struct c2c_wish *wish);

/* Writes STEM.machine.txt (key: value lines) and STEM.hwloc.xml. False: the cause was printed. */
bool machine_write(const struct machine *machine, const struct topology *topology, const char *stem, struct machine_run run);

/* Warns on stderr about a build whose numbers are meaningless. */
void machine_warn_build(const struct machine *machine);

/*
 * Warns on stderr, one line each, about the build and the system settings that make numbers
 * unreliable.
 */
void machine_warn(const struct machine *machine);

#endif
