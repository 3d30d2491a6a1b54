/* SPDX-License-Identifier: BSD-3-Clause */
/* Where threads run: placements over the CPUs that this process may use, by hwloc. */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum topology_placement {
	TOPOLOGY_COMPACT, /* neighbouring cores first, one thread a core; then their other hardware threads */
	TOPOLOGY_SCATTER, /* as far apart as the machine allows, one thread a core first */
	TOPOLOGY_SMT,     /* all hardware threads of a core before the next core */
	TOPOLOGY_NONE,    /* not bound */
	TOPOLOGY_PLACEMENTS
};

struct topology; /* one machine, as this process may use it */

/*
 * Reads the machine: the CPUs that the kernel lets this process use, and by hwloc where they are. Once. If hwloc shows another machine
 * (HWLOC_SYNTHETIC, HWLOC_XMLFILE, a made-up /sys), only the kernel's answer counts, and threads are not bound. NULL: the cause was
 * printed.
 */
struct topology *topology_open(void);

/* Reads what hwloc shows, whatever machine that is, with all its CPUs. Never binds. For tests. NULL: the cause was printed. */
struct topology *topology_open_shown(void);

/* One line for each thing of the machine that is not known or cannot be done: no bound threads, no cores. */
void topology_warn(const struct topology *topology, FILE *f, const char *prefix);

void topology_close(struct topology *topology);

/* CPUs (hardware threads) that the process may use. */
uint32_t topology_cpus(const struct topology *topology);

const char *topology_placement_name(enum topology_placement placement);

/* False: no such placement. */
bool topology_placement_find(const char *name, enum topology_placement *placement);

/* Can this machine give that placement? False: *why is the reason. */
bool topology_can(const struct topology *topology, enum topology_placement placement, const char **why);

/* The placement where none is asked for: compact, or none on a machine that cannot bind threads. */
enum topology_placement topology_usual(const struct topology *topology);

/* The number of the CPU where the index-th thread of a placement goes; not of placement none. */
uint32_t topology_place(const struct topology *topology, enum topology_placement placement, uint32_t index);

/*
 * Binds the calling thread as the index-th. More threads than CPUs go round again. In parallel. True: bound as asked for;
 * false for placement none, and where the system refused or topology_warn said that it binds none.
 */
bool topology_bind(const struct topology *topology, enum topology_placement placement, uint32_t index);

/* Lets the calling thread run on every CPU that the process may use, as when it started. In parallel. */
void topology_unbind(const struct topology *topology);

/* One line, such as "1 package, 2 cores, 2 threads, L2 2 x 1024 KiB": facts for a sidecar and a fingerprint. */
void topology_summary(const struct topology *topology, char *text, uint32_t bytes);

/* Writes hwloc's XML, less the host's name. False: the cause was printed. */
bool topology_export(const struct topology *topology, const char *path);

#endif
