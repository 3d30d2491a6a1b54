/* SPDX-License-Identifier: BSD-3-Clause */
/* Thread placement on the CPUs that this process may use, by hwloc. */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum topology_placement {
	TOPOLOGY_COMPACT,        /* neighbouring cores first, one thread for each core; then their other hardware threads */
	TOPOLOGY_SCATTER,        /* as far apart as the machine allows; one thread for each core first */
	TOPOLOGY_SMT,            /* all hardware threads of a core before the next core */
	TOPOLOGY_WITHIN_L3,      /* the CPUs of the first L3 cache, one thread for each core first */
	TOPOLOGY_WITHIN_PACKAGE, /* the CPUs of the first package, as far apart as it allows */
	TOPOLOGY_ACROSS_PACKAGE, /* packages in turn, neighbouring cores in each */
	TOPOLOGY_NONE,           /* not bound */
	TOPOLOGY_PLACEMENTS
};

/* The cores that are used where a machine has several kinds (hwloc's CPU kinds). */
enum topology_kind {
	TOPOLOGY_PERFORMANCE, /* the fastest kind */
	TOPOLOGY_EFFICIENCY,  /* the kind that saves the most energy */
	TOPOLOGY_ALL_KINDS
};

struct topology; /* the machine, as this process may use it */

/*
 * Reads the CPUs that this process may use from the kernel, and their topology from hwloc. Call
 * once. If hwloc describes another machine (HWLOC_SYNTHETIC, HWLOC_XMLFILE, a fake /sys), only the
 * kernel's answer counts and threads are not bound. Uses the cores of one kind. NULL: the cause was
 * printed.
 */
struct topology *topology_open(enum topology_kind kind);

/*
 * Reads the description of a machine: a file of hwloc's XML, or a synthetic description such as
 * "package:2 core:4 pu:2". NULL: the machine that hwloc shows. Uses all its CPUs of one kind. Never
 * binds. NULL: the cause was printed.
 */
struct topology *topology_open_shown(const char *machine, enum topology_kind kind);

/* Prints a line for each limitation: threads cannot be bound, cores are not known. */
void topology_warn(const struct topology *topology, FILE *f, const char *prefix);

void topology_close(struct topology *topology);

/* Number of CPUs (hardware threads) that the process may use. */
uint32_t topology_cpus(const struct topology *topology);

const char *topology_kind_name(enum topology_kind kind);

/* Reports whether this machine supports the placement. False: *why is the reason. */
bool topology_can(const struct topology *topology, enum topology_placement placement, const char **why);

/* The default placement: compact, or none on a machine that cannot bind threads. */
enum topology_placement topology_usual(const struct topology *topology);

/* The number of CPUs that a placement uses; 0: topology_can refuses it. More threads share them. */
uint32_t topology_places(const struct topology *topology, enum topology_placement placement);

/* The CPU number for a placement's thread of that index. Not for none, nor without places. */
uint32_t topology_place(const struct topology *topology, enum topology_placement placement, uint32_t index);

/*
 * Reports whether that many bound threads of a placement have a core each. False also if they are
 * not bound, or if there are several and the machine does not show its cores.
 */
bool topology_apart(const struct topology *topology, enum topology_placement placement, uint32_t threads);

/*
 * Binds the calling thread to the CPU for that index, modulo the placement's CPUs. Thread-safe.
 * False: not bound, because the placement is none, the system refused, or threads cannot be bound
 * (see topology_warn).
 */
bool topology_bind(const struct topology *topology, enum topology_placement placement, uint32_t index);

/* Lets the calling thread run on every CPU that the process may use. Thread-safe. */
void topology_unbind(const struct topology *topology);

/* No NUMA node is asked for. */
#define TOPOLOGY_ANY_NODE UINT32_MAX

/* Reports whether memory can be bound to that NUMA node. False: *why is the reason. */
bool topology_can_home(const struct topology *topology, uint32_t node, const char **why);

/*
 * Binds pages that are not in use yet to a NUMA node. Thread-safe. False: the system refuses, and
 * the pages go where the first thread touches them.
 */
bool topology_home(const struct topology *topology, void *pages, size_t bytes, uint32_t node);

/* The number of the NUMA node where a page is; TOPOLOGY_ANY_NODE: not known, or not touched yet. */
uint32_t topology_home_of(const struct topology *topology, const void *page);

/* A one-line summary, such as "1 package, 2 cores, 2 threads, L2 2 x 1024 KiB". */
void topology_summary(const struct topology *topology, char *text, uint32_t bytes);

/* Writes hwloc's XML without the host name. False: the cause was printed. */
bool topology_export(const struct topology *topology, const char *path);

#endif
