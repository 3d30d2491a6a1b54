/* SPDX-License-Identifier: BSD-3-Clause */
/* Where threads run: placements over the CPUs that this process may use, by hwloc. */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

enum topology_placement {
	TOPOLOGY_COMPACT, /* neighbouring cores first, one thread a core; then their other hardware threads */
	TOPOLOGY_SCATTER, /* as far apart as the machine allows, one thread a core first */
	TOPOLOGY_SMT,     /* all hardware threads of a core before the next core */
	TOPOLOGY_NONE,    /* not bound */
	TOPOLOGY_PLACEMENTS
};

struct topology; /* one machine, as this process may use it */

/* Reads the machine. Once. NULL: the cause was printed. */
struct topology *topology_open(void);
void topology_close(struct topology *topology);

/* CPUs (hardware threads) that the process may use. */
uint32_t topology_cpus(const struct topology *topology);

const char *topology_placement_name(enum topology_placement placement);

/* False: no such placement. */
bool topology_placement_find(const char *name, enum topology_placement *placement);

/* Can this machine give that placement? False: *why is the reason. */
bool topology_can(const struct topology *topology, enum topology_placement placement, const char **why);

/*
 * Binds the calling thread as the index-th. More threads than CPUs go round again. In parallel. True: bound as asked for;
 * false for placement none, and where the system refused.
 */
bool topology_bind(const struct topology *topology, enum topology_placement placement, uint32_t index);

/* Lets the calling thread run on every CPU that the process may use, as when it started. In parallel. */
void topology_unbind(const struct topology *topology);

/* One line, such as "1 package, 2 cores, 2 threads, L2 2 x 1024 KiB": facts for a sidecar and a fingerprint. */
void topology_summary(const struct topology *topology, char *text, uint32_t bytes);

/* Writes hwloc's XML, less the host's name. False: the cause was printed. */
bool topology_export(const struct topology *topology, const char *path);

#endif
