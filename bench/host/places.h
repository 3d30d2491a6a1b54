/* SPDX-License-Identifier: BSD-3-Clause */
/* The order in which each placement uses the CPUs that hwloc reports. Used by topology.c alone. */
#ifndef BENCH_PLACES_H
#define BENCH_PLACES_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

/* The places of a placement. Each is the logical index of a CPU (hwloc's PU). */
struct places_order {
	uint32_t *pu;
	uint32_t count; /* 0: this machine does not support the placement */
};

struct places {
	uint32_t cpus;
	uint32_t cores;
	uint32_t packages;
	uint32_t l3;       /* L3 caches with a CPU that this process may use */
	bool cores_known;  /* false: each hardware thread counts as a core */
	hwloc_obj_t *core; /* each core, or a hardware thread without a core; in logical order */
	uint32_t *first;   /* of each core: the logical index of its first hardware thread; then cpus */
	struct places_order order[TOPOLOGY_NONE];
};

/*
 * Finds the places. False: hwloc reports no CPU, or no memory. The caller frees them in both cases.
 */
bool places_make(struct places *places, hwloc_topology_t hwloc);
void places_free(struct places *places);

#endif
