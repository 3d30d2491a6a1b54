/* SPDX-License-Identifier: BSD-3-Clause */
/* Thread placement on the CPUs that this process may use, by hwloc. */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum topology_placement {
	TOPOLOGY_COMPACT, /* neighbouring cores first, one thread for each core; then their other hardware threads */
	TOPOLOGY_SCATTER, /* as far apart as the machine allows; one thread for each core first */
	TOPOLOGY_SMT,     /* all hardware threads of a core before the next core */
	TOPOLOGY_NONE,    /* not bound */
	TOPOLOGY_PLACEMENTS
};

struct topology; /* the machine, as this process may use it */

/*
 * Reads the CPUs that this process may use from the kernel, and their topology from hwloc. Call
 * once. If hwloc describes another machine (HWLOC_SYNTHETIC, HWLOC_XMLFILE, a fake /sys), only the
 * kernel's answer counts and threads are not bound. NULL: the cause was printed.
 */
struct topology *topology_open(void);

/*
 * For tests: reads whatever machine hwloc describes, with all its CPUs. Never binds. NULL: the
 * cause was printed.
 */
struct topology *topology_open_shown(void);

/* Prints a line for each limitation: threads cannot be bound, cores are not known. */
void topology_warn(const struct topology *topology, FILE *f, const char *prefix);

void topology_close(struct topology *topology);

/* Number of CPUs (hardware threads) that the process may use. */
uint32_t topology_cpus(const struct topology *topology);

const char *topology_placement_name(enum topology_placement placement);

/* Finds a placement by name. False: no such placement. */
bool topology_placement_find(const char *name, enum topology_placement *placement);

/* Reports whether this machine supports the placement. False: *why is the reason. */
bool topology_can(const struct topology *topology, enum topology_placement placement, const char **why);

/* The default placement: compact, or none on a machine that cannot bind threads. */
enum topology_placement topology_usual(const struct topology *topology);

/* The CPU number for a placement's thread of that index. Not for placement none. */
uint32_t topology_place(const struct topology *topology, enum topology_placement placement, uint32_t index);

/*
 * Binds the calling thread to the CPU for that index, modulo the number of CPUs. Thread-safe.
 * False: not bound, because the placement is none, the system refused, or threads cannot be bound
 * (see topology_warn).
 */
bool topology_bind(const struct topology *topology, enum topology_placement placement, uint32_t index);

/* Lets the calling thread run on every CPU that the process may use. Thread-safe. */
void topology_unbind(const struct topology *topology);

/* A one-line summary, such as "1 package, 2 cores, 2 threads, L2 2 x 1024 KiB". */
void topology_summary(const struct topology *topology, char *text, uint32_t bytes);

/* Writes hwloc's XML without the host name. False: the cause was printed. */
bool topology_export(const struct topology *topology, const char *path);

#endif
