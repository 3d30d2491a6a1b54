/* SPDX-License-Identifier: BSD-3-Clause */
/* The order in which each placement uses the CPUs that hwloc reports. Used by topology.c alone. */
#ifndef BENCH_PLACES_H
#define BENCH_PLACES_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

struct places {
	uint32_t cpus;
	uint32_t cores;
	bool cores_known;  /* false: each hardware thread counts as a core */
	hwloc_obj_t *core; /* each core, or a hardware thread without a core */
	/* For each placement, the logical index of each place's CPU (hwloc's PU). */
	uint32_t *order[TOPOLOGY_NONE];
};

/*
 * Finds the places. False: hwloc reports no CPU, or no memory. The caller frees them in both cases.
 */
bool places_make(struct places *places, hwloc_topology_t hwloc);
void places_free(struct places *places);

#endif
