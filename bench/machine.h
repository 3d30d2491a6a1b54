/* SPDX-License-Identifier: BSD-3-Clause */
/* What is to be known of the machine, the system and the build beside the numbers. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>

#include "topology.h"

struct machine {
	const char *arch;
	const char *source; /* measured or emulated */
	char cpu_model[160];
	char fingerprint[17];      /* 64 bits in hexadecimal */
	char fingerprint_of[2048]; /* the text that was hashed */
	char build_id[64];
	char unfit[256]; /* why this build's numbers are no baseline; empty: they may be one */
};

/* Reads it; clock and spin are calibrated before. */
void machine_read(struct machine *machine, const struct topology *topology, bool emulated);

/* Writes STEM.machine.txt (key: value lines) and STEM.hwloc.xml. False: the cause was printed. */
bool machine_write(const struct machine *machine, const struct topology *topology, const char *stem, const char *run_id,
		   const char *command);

/* Warns on stderr about a build whose numbers mean nothing. */
void machine_warn_build(const struct machine *machine);

/* Warns on stderr about the build, and about settings of the system, that make numbers hard to believe, a line each. */
void machine_warn(const struct machine *machine);

#endif
