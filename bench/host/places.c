/* SPDX-License-Identifier: BSD-3-Clause */
#include "places.h"

#include <stdlib.h>
#include <string.h>

/* Some of the cores, by their index in places->core, in the order of use. */
struct cores {
	uint32_t *at;
	uint32_t count;
};

static hwloc_obj_t pu(hwloc_topology_t hwloc, uint32_t index)
{
	return hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PU, index);
}

/* Some virtual machines report no cores, or none for some hardware threads. */
static bool find_cores(struct places *p, hwloc_topology_t hwloc)
{
	p->core = calloc(p->cpus, sizeof(hwloc_obj_t));
	p->first = calloc(p->cpus + 1, sizeof(*p->first));
	p->cores_known = true;
	if (p->core == NULL || p->first == NULL)
		return false;
	for (uint32_t i = 0; i < p->cpus; i++) {
		hwloc_obj_t in = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, pu(hwloc, i));
		p->cores_known = p->cores_known && in != NULL;
		in = in == NULL ? pu(hwloc, i) : in;
		if (p->cores > 0 && p->core[p->cores - 1] == in)
			continue; /* logical order keeps the threads of a core together */
		p->first[p->cores] = i;
		p->core[p->cores++] = in;
	}
	p->first[p->cores] = p->cpus;
	return true;
}

/* Of 2^bits numbers: far from those before it. */
static uint32_t reversed(uint32_t i, uint32_t bits)
{
	uint32_t result = 0;
	for (uint32_t b = 0; b < bits; b++)
		result |= ((i >> b) & 1) << (bits - 1 - b);
	return result;
}

/*
 * Sorts cores that are grouped: one of each group in turn. hwloc numbers neighbours in a row, so
 * the turns go far first. start: where each group begins, and where the last ends. scratch: as long
 * as the cores.
 */
static void deal(struct cores *cores, const uint32_t *start, uint32_t groups, uint32_t *scratch)
{
	uint32_t bits = 0, n = 0;
	while ((UINT32_C(1) << bits) < groups)
		bits++;
	for (uint32_t round = 0; n < cores->count; round++)
		for (uint32_t i = 0; i < (UINT32_C(1) << bits); i++) {
			uint32_t group = reversed(i, bits);
			if (group < groups && start[group] + round < start[group + 1])
				scratch[n++] = cores->at[start[group] + round];
		}
	memcpy(cores->at, scratch, cores->count * sizeof(*scratch));
}

/*
 * The cores below an object, as far apart as its tree allows: its children take turns, and so do
 * theirs. Every prefix is spread, so that one order serves any number of threads; hwloc_distrib
 * makes another order for each number. *next: the index of the object's first core.
 */
static bool spread(hwloc_obj_t top, uint32_t *next, struct cores *cores)
{
	if (top->type == HWLOC_OBJ_CORE || top->type == HWLOC_OBJ_PU) {
		cores->at[cores->count++] = (*next)++;
		return true;
	}
	if (top->arity == 0)
		return true; /* memory without CPUs */
	struct cores own = {.at = cores->at + cores->count};
	uint32_t *start = calloc(top->arity + 1, sizeof(*start));
	bool ok = start != NULL;
	for (unsigned i = 0; ok && i < top->arity; i++) {
		ok = spread(top->children[i], next, &own);
		start[i + 1] = own.count;
	}
	uint32_t *scratch = ok ? calloc(own.count + 1, sizeof(*scratch)) : NULL;
	if (scratch != NULL)
		deal(&own, start, top->arity, scratch);
	cores->count += own.count;
	free(scratch);
	free(start);
	return scratch != NULL;
}

/* By the tree: sets of CPUs grow with the machine. */
static bool is_in(const struct places *p, uint32_t core, hwloc_obj_t top)
{
	hwloc_obj_t at = p->core[core];
	while (at != NULL && at != top)
		at = at->parent;
	return at != NULL;
}

/* Of the cores, those below an object. */
static void keep(const struct places *p, struct cores *cores, hwloc_obj_t top)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < cores->count; i++)
		if (is_in(p, cores->at[i], top))
			cores->at[n++] = cores->at[i];
	cores->count = n;
}

/* All cores in logical order, the packages in turn. */
static bool across_packages(const struct places *p, hwloc_topology_t hwloc, struct cores *cores)
{
	uint32_t *start = calloc(p->packages + 1, sizeof(*start)), *scratch = calloc(p->cores, sizeof(*scratch));
	bool ok = start != NULL && scratch != NULL;
	hwloc_obj_t package = NULL;
	for (uint32_t i = 0; ok && i < p->packages && (package = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, package)) != NULL;) {
		for (; cores->count < p->cores && is_in(p, cores->count, package); cores->count++)
			cores->at[cores->count] = cores->count;
		if (cores->count > start[i])
			start[++i] = cores->count;
	}
	if (ok)
		deal(cores, start, p->packages, scratch);
	free(start);
	free(scratch);
	return ok;
}

/* The first hardware thread of every core in the given order, then the second ones, and so on. */
static bool order_by_cores(struct places *p, const struct cores *cores, enum topology_placement placement)
{
	struct places_order *order = &p->order[placement];
	order->pu = calloc(p->cpus, sizeof(*order->pu));
	uint32_t before = UINT32_MAX;
	for (unsigned round = 0; order->pu != NULL && before != order->count; round++) {
		before = order->count;
		for (uint32_t i = 0; i < cores->count; i++) {
			uint32_t core = cores->at[i], place = p->first[core] + round;
			if (place < p->first[core + 1])
				order->pu[order->count++] = place;
		}
	}
	return order->pu != NULL;
}

/* The hardware threads in logical order: those of a core stand together. */
static bool order_by_threads(struct places *p)
{
	struct places_order *order = &p->order[TOPOLOGY_SMT];
	order->pu = calloc(p->cpus, sizeof(*order->pu));
	for (uint32_t i = 0; order->pu != NULL && i < p->cpus; i++)
		order->pu[order->count++] = i;
	return order->pu != NULL;
}

/* The cores that a placement uses, in order; none if the machine has nothing for it to compare. */
static bool choose(const struct places *p, hwloc_topology_t hwloc, enum topology_placement placement, struct cores *cores)
{
	uint32_t next = 0;
	cores->count = 0;
	if (placement == TOPOLOGY_ACROSS_PACKAGE)
		return p->packages < 2 || across_packages(p, hwloc, cores);
	if ((placement == TOPOLOGY_WITHIN_L3 && p->l3 < 2) || (placement == TOPOLOGY_WITHIN_PACKAGE && p->packages < 2))
		return true;
	if (!spread(hwloc_get_root_obj(hwloc), &next, cores))
		return false;
	if (placement == TOPOLOGY_WITHIN_L3)
		keep(p, cores, hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_L3CACHE, p->core[0]));
	else if (placement == TOPOLOGY_WITHIN_PACKAGE)
		keep(p, cores, hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, p->core[0]));
	for (uint32_t i = 0; placement == TOPOLOGY_COMPACT && i < cores->count; i++)
		cores->at[i] = i;
	return true;
}

static bool make_orders(struct places *p, hwloc_topology_t hwloc)
{
	struct cores cores = {.at = calloc(p->cores, sizeof(*cores.at))};
	bool ok = cores.at != NULL && order_by_threads(p);
	for (enum topology_placement i = 0; ok && i < TOPOLOGY_NONE; i++)
		if (i != TOPOLOGY_SMT)
			ok = choose(p, hwloc, i, &cores) && order_by_cores(p, &cores, i);
	free(cores.at);
	return ok;
}

/* Objects of a type that have CPUs. */
static uint32_t count(hwloc_topology_t hwloc, hwloc_obj_type_t type)
{
	uint32_t n = 0;
	for (hwloc_obj_t one = NULL; (one = hwloc_get_next_obj_by_type(hwloc, type, one)) != NULL;)
		n += !hwloc_bitmap_iszero(one->cpuset);
	return n;
}

bool places_make(struct places *p, hwloc_topology_t hwloc)
{
	*p = (struct places){
	    .cpus = count(hwloc, HWLOC_OBJ_PU), .packages = count(hwloc, HWLOC_OBJ_PACKAGE), .l3 = count(hwloc, HWLOC_OBJ_L3CACHE)};
	return p->cpus >= 1 && find_cores(p, hwloc) && make_orders(p, hwloc);
}

void places_free(struct places *p)
{
	for (int i = 0; i < TOPOLOGY_NONE; i++)
		free(p->order[i].pu);
	free(p->core);
	free(p->first);
}
