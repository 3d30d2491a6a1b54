/* SPDX-License-Identifier: BSD-3-Clause */
#include "topology.h"

#include <hwloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct topology {
	hwloc_topology_t hwloc;
	uint32_t cpus;
	uint32_t cores;
	/* For each placement the logical index of the CPU (hwloc's PU) of each place. */
	uint32_t *order[TOPOLOGY_NONE];
};

static const char *const names[] = {"compact", "scatter", "smt", "none"};

static hwloc_obj_t pu(const struct topology *t, uint32_t index)
{
	return hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, index);
}

static hwloc_obj_t core(const struct topology *t, uint32_t index)
{
	return hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, index);
}

/* The round-th hardware thread of a core, or NULL. */
static hwloc_obj_t pu_of_core(const struct topology *t, hwloc_obj_t in, unsigned round)
{
	return hwloc_get_obj_inside_cpuset_by_type(t->hwloc, in->cpuset, HWLOC_OBJ_PU, round);
}

/* One hardware thread of every core in the order given, then the second ones, and so on. */
static void order_by_cores(struct topology *t, const uint32_t *cores, uint32_t *order)
{
	uint32_t n = 0;
	for (unsigned round = 0; n < t->cpus; round++)
		for (uint32_t i = 0; i < t->cores; i++) {
			hwloc_obj_t place = pu_of_core(t, core(t, cores[i]), round);
			if (place != NULL)
				order[n++] = place->logical_index;
		}
}

/* Bit reversal of the ranks: each next core is far from those before it, since logical order is by nearness. */
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

static bool make_orders(struct topology *t)
{
	uint32_t *cores = calloc(t->cores, sizeof(*cores));
	bool ok = cores != NULL;
	for (int i = 0; i < TOPOLOGY_NONE; i++) {
		t->order[i] = calloc(t->cpus, sizeof(uint32_t));
		ok = ok && t->order[i] != NULL;
	}
	if (ok) {
		for (uint32_t i = 0; i < t->cores; i++)
			cores[i] = i;
		order_by_cores(t, cores, t->order[TOPOLOGY_COMPACT]);
		spread(cores, t->cores);
		order_by_cores(t, cores, t->order[TOPOLOGY_SCATTER]);
		for (uint32_t i = 0; i < t->cpus; i++)
			t->order[TOPOLOGY_SMT][i] = i;
	}
	free(cores);
	return ok;
}

/* Keeps only what the process was bound to when it started; a container or taskset may leave it few. */
static bool restrict_to_binding(hwloc_topology_t hwloc)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	bool ok = set != NULL;
	if (ok && hwloc_get_cpubind(hwloc, set, HWLOC_CPUBIND_PROCESS) == 0 && !hwloc_bitmap_iszero(set))
		ok = hwloc_topology_restrict(hwloc, set, 0) == 0;
	hwloc_bitmap_free(set);
	return ok;
}

struct topology *topology_open(void)
{
	struct topology *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	if (hwloc_topology_init(&t->hwloc) != 0)
		goto no_hwloc;
	if (hwloc_topology_load(t->hwloc) != 0 || !restrict_to_binding(t->hwloc))
		goto no_topology;
	int cpus = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU);
	int cores = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_CORE);
	if (cpus < 1 || cores < 1)
		goto no_topology;
	t->cpus = (uint32_t)cpus;
	t->cores = (uint32_t)cores;
	if (make_orders(t))
		return t;
no_topology:
	topology_close(t);
	fprintf(stderr, "extram-bench: hwloc cannot tell the CPUs of this machine\n");
	return NULL;
no_hwloc:
	free(t);
	fprintf(stderr, "extram-bench: hwloc does not start\n");
	return NULL;
}

void topology_close(struct topology *t)
{
	for (int i = 0; i < TOPOLOGY_NONE; i++)
		free(t->order[i]);
	hwloc_topology_destroy(t->hwloc);
	free(t);
}

uint32_t topology_cpus(const struct topology *t)
{
	return t->cpus;
}

const char *topology_placement_name(enum topology_placement placement)
{
	return names[placement];
}

bool topology_placement_find(const char *name, enum topology_placement *placement)
{
	for (int i = 0; i < TOPOLOGY_PLACEMENTS; i++)
		if (strcmp(name, names[i]) == 0) {
			*placement = (enum topology_placement)i;
			return true;
		}
	return false;
}

bool topology_can(const struct topology *t, enum topology_placement placement, const char **why)
{
	if (placement == TOPOLOGY_SMT && t->cpus == t->cores) {
		*why = "no core that this process may use has a second hardware thread";
		return false;
	}
	const struct hwloc_topology_support *support = hwloc_topology_get_support(t->hwloc);
	if (placement != TOPOLOGY_NONE && !support->cpubind->set_thisthread_cpubind) {
		*why = "this system cannot bind threads";
		return false;
	}
	return true;
}

bool topology_bind(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	if (placement == TOPOLOGY_NONE)
		return false;
	hwloc_obj_t place = pu(t, t->order[placement][index % t->cpus]);
	return hwloc_set_cpubind(t->hwloc, place->cpuset, HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT) == 0;
}

void topology_unbind(const struct topology *t)
{
	hwloc_set_cpubind(t->hwloc, hwloc_topology_get_topology_cpuset(t->hwloc), HWLOC_CPUBIND_THREAD);
}

static unsigned cache_kib(const struct topology *t, hwloc_obj_type_t type)
{
	hwloc_obj_t cache = hwloc_get_obj_by_type(t->hwloc, type, 0);
	return cache == NULL ? 0 : (unsigned)(cache->attr->cache.size / 1024);
}

void topology_summary(const struct topology *t, char *text, uint32_t bytes)
{
	int packages = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PACKAGE);
	int nodes = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_NUMANODE);
	int l3 = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_L3CACHE);
	snprintf(text, bytes,
		 "packages %d, NUMA nodes %d, cores %" PRIu32 ", hardware threads %" PRIu32 ", L1d %u KiB, L2 %u KiB, L3 %d x %u KiB",
		 packages, nodes, t->cores, t->cpus, cache_kib(t, HWLOC_OBJ_L1CACHE), cache_kib(t, HWLOC_OBJ_L2CACHE), l3,
		 cache_kib(t, HWLOC_OBJ_L3CACHE));
}

/* A result file may be published; the host's name is nobody's business. */
static void forget_host(hwloc_obj_t root)
{
	for (unsigned i = 0; i < root->infos_count; i++)
		if (strcmp(root->infos[i].name, "HostName") == 0)
			memset(root->infos[i].value, '-', strlen(root->infos[i].value));
}

bool topology_export(const struct topology *t, const char *path)
{
	forget_host(hwloc_get_root_obj(t->hwloc));
	if (hwloc_topology_export_xml(t->hwloc, path, 0) == 0)
		return true;
	fprintf(stderr, "extram-bench: %s: hwloc cannot write it\n", path);
	return false;
}
