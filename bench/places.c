/* SPDX-License-Identifier: BSD-3-Clause */
#include "places.h"

#include <stdlib.h>

static hwloc_obj_t pu(hwloc_topology_t hwloc, uint32_t index)
{
	return hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PU, index);
}

/* The hardware thread of a core with index round, or NULL. */
static hwloc_obj_t pu_of_core(hwloc_topology_t hwloc, hwloc_obj_t in, unsigned round)
{
	return hwloc_get_obj_inside_cpuset_by_type(hwloc, in->cpuset, HWLOC_OBJ_PU, round);
}

/* Some virtual machines report no cores, or none for some hardware threads. */
static bool find_cores(struct places *p, hwloc_topology_t hwloc)
{
	p->core = calloc(p->cpus, sizeof(hwloc_obj_t));
	p->cores_known = true;
	for (uint32_t i = 0; p->core != NULL && i < p->cpus; i++) {
		hwloc_obj_t in = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, pu(hwloc, i));
		p->cores_known = p->cores_known && in != NULL;
		in = in == NULL ? pu(hwloc, i) : in;
		if (p->cores == 0 || p->core[p->cores - 1] != in) /* logical order keeps the threads of a core together */
			p->core[p->cores++] = in;
	}
	return p->core != NULL;
}

/* The first hardware thread of every core in the given order, then the second ones, and so on. */
static void order_by_cores(const struct places *p, hwloc_topology_t hwloc, const uint32_t *cores, uint32_t *order)
{
	uint32_t n = 0;
	for (unsigned round = 0; n < p->cpus; round++)
		for (uint32_t i = 0; i < p->cores; i++) {
			hwloc_obj_t place = pu_of_core(hwloc, p->core[cores[i]], round);
			if (place != NULL)
				order[n++] = place->logical_index;
		}
}

/*
 * Reverses the bits of the ranks. Logical order keeps neighbours together, so each core is far from
 * those before it.
 */
static void spread(uint32_t *cores, uint32_t count)
{
	uint32_t bits = 0;
	while ((UINT32_C(1) << bits) < count)
		bits++;
	uint32_t n = 0;
	for (uint32_t i = 0; i < (UINT32_C(1) << bits); i++) {
		uint32_t reversed = 0;
		for (uint32_t b = 0; b < bits; b++)
			reversed |= ((i >> b) & 1) << (bits - 1 - b);
		if (reversed < count)
			cores[n++] = reversed;
	}
}

static bool make_orders(struct places *p, hwloc_topology_t hwloc)
{
	uint32_t *cores = calloc(p->cores, sizeof(*cores));
	bool ok = cores != NULL;
	for (int i = 0; i < TOPOLOGY_NONE; i++) {
		p->order[i] = calloc(p->cpus, sizeof(uint32_t));
		ok = ok && p->order[i] != NULL;
	}
	if (ok) {
		for (uint32_t i = 0; i < p->cores; i++)
			cores[i] = i;
		order_by_cores(p, hwloc, cores, p->order[TOPOLOGY_COMPACT]);
		spread(cores, p->cores);
		order_by_cores(p, hwloc, cores, p->order[TOPOLOGY_SCATTER]);
		for (uint32_t i = 0; i < p->cpus; i++)
			p->order[TOPOLOGY_SMT][i] = i;
	}
	free(cores);
	return ok;
}

bool places_make(struct places *p, hwloc_topology_t hwloc)
{
	int cpus = hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PU);
	*p = (struct places){.cpus = cpus < 1 ? 0 : (uint32_t)cpus};
	return cpus >= 1 && find_cores(p, hwloc) && make_orders(p, hwloc);
}

void places_free(struct places *p)
{
	for (int i = 0; i < TOPOLOGY_NONE; i++)
		free(p->order[i]);
	free(p->core);
}
