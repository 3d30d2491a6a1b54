/* SPDX-License-Identifier: BSD-3-Clause */
/* For the files of this room: what topology.h hides. */
#ifndef BENCH_TOPOLOGY_HWLOC_H
#define BENCH_TOPOLOGY_HWLOC_H

#include <hwloc.h>

#include "places.h"
#include "topology.h"

struct topology {
	hwloc_topology_t hwloc;
	hwloc_bitmap_t allowed; /* CPUs that the process was allowed at its start */
	const char *unbound;    /* why threads are not bound; NULL: they are bound */
	bool shown;
	int kinds; /* kinds of cores in the machine */
	enum topology_kind kind;
	uint32_t other_cpus; /* CPUs of other kinds, which are not used */
	struct places places;
};

#endif
