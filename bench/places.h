/* SPDX-License-Identifier: BSD-3-Clause */
/* In which order the threads of each placement take the CPUs that hwloc shows. A part of topology.c. */
#ifndef BENCH_PLACES_H
#define BENCH_PLACES_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

#include "topology.h"

struct places {
	uint32_t cpus;
	uint32_t cores;
	bool cores_known;  /* false: a hardware thread was taken for a core */
	hwloc_obj_t *core; /* the object of each core, or of the hardware thread that has none */
	/* For each placement the logical index of the CPU (hwloc's PU) of each place. */
	uint32_t *order[TOPOLOGY_NONE];
};

/* Finds them. False: hwloc shows no CPU, or there is no memory. The caller frees them in both cases. */
bool places_make(struct places *places, hwloc_topology_t hwloc);
void places_free(struct places *places);

#endif
