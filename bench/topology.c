/* SPDX-License-Identifier: BSD-3-Clause */
#include "topology.h"

#include <errno.h>
#include <hwloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_numbers.h"
#include "places.h"

struct topology {
	hwloc_topology_t hwloc;
	hwloc_bitmap_t allowed; /* CPUs that the process was allowed at its start */
	const char *unbound;    /* why threads are not bound; NULL: they are bound */
	struct places places;
};

static const char *const names[] = {"compact", "scatter", "smt", "none"};

static hwloc_obj_t pu(const struct topology *t, uint32_t index)
{
	return hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_PU, index);
}

/*
 * Call before hwloc starts, which retries for ever if the kernel refuses to answer. False: the
 * cause was printed.
 */
static bool ask_allowed(struct topology *t)
{
	size_t bytes;
	cpu_set_t *set = cpu_numbers_allowed(&bytes);
	t->allowed = set == NULL ? NULL : hwloc_bitmap_alloc();
	for (unsigned cpu = 0; t->allowed != NULL && cpu < bytes * 8; cpu++)
		if (CPU_ISSET_S(cpu, bytes, set))
			hwloc_bitmap_set(t->allowed, cpu);
	if (t->allowed == NULL)
		fprintf(stderr, "extram-bench: the kernel does not report the allowed CPUs: sched_getaffinity: %s\n", strerror(errno));
	if (set != NULL)
		CPU_FREE(set);
	return t->allowed != NULL;
}

static bool load(struct topology *t, const char *synthetic)
{
	if (hwloc_topology_init(&t->hwloc) != 0) {
		t->hwloc = NULL;
		return false;
	}
	return (synthetic == NULL || hwloc_topology_set_synthetic(t->hwloc, synthetic) == 0) && hwloc_topology_load(t->hwloc) == 0;
}

/* Checks that hwloc describes this machine with every allowed CPU. Keeps only the allowed ones. */
static bool keep_allowed(struct topology *t)
{
	return hwloc_topology_is_thissystem(t->hwloc) && hwloc_topology_restrict(t->hwloc, t->allowed, 0) == 0 &&
	       hwloc_bitmap_isequal(hwloc_topology_get_topology_cpuset(t->hwloc), t->allowed);
}

/* Only the CPU numbers are known: each CPU counts as a core. */
static bool load_numbers(struct topology *t)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	if (f == NULL)
		return false;
	fprintf(f, "pu:%d(indexes=", hwloc_bitmap_weight(t->allowed));
	for (int cpu = hwloc_bitmap_first(t->allowed); cpu >= 0; cpu = hwloc_bitmap_next(t->allowed, cpu))
		fprintf(f, "%d%s", cpu, hwloc_bitmap_next(t->allowed, cpu) < 0 ? ")" : ",");
	if (t->hwloc != NULL)
		hwloc_topology_destroy(t->hwloc);
	t->hwloc = NULL;
	bool ok = fclose(f) == 0 && load(t, text);
	free(text);
	return ok;
}

/*
 * Why threads cannot be bound; NULL: they can. Tries to bind to all allowed CPUs, which changes
 * nothing.
 */
static const char *cannot_bind(const struct topology *t)
{
	const struct hwloc_topology_support *support = hwloc_topology_get_support(t->hwloc);
	if (!support->cpubind->set_thisthread_cpubind)
		return "this system cannot bind threads";
	if (hwloc_set_cpubind(t->hwloc, t->allowed, HWLOC_CPUBIND_THREAD) != 0)
		return "the kernel refuses to bind threads";
	return NULL;
}

static struct topology *fail(struct topology *t)
{
	topology_close(t);
	fprintf(stderr, "extram-bench: hwloc reports no CPUs for this machine\n");
	return NULL;
}

struct topology *topology_open(void)
{
	struct topology *t = calloc(1, sizeof(*t));
	if (t == NULL || !ask_allowed(t)) {
		free(t);
		return NULL;
	}
	if (load(t, NULL) && keep_allowed(t)) {
		t->unbound = cannot_bind(t);
	} else {
		t->unbound = "hwloc shows another machine, or lacks CPUs that this process may use";
		if (!load_numbers(t))
			return fail(t);
	}
	return places_make(&t->places, t->hwloc) ? t : fail(t);
}

struct topology *topology_open_shown(void)
{
	struct topology *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->unbound = "this is a description of a machine";
	return load(t, NULL) && places_make(&t->places, t->hwloc) ? t : fail(t);
}

void topology_close(struct topology *t)
{
	places_free(&t->places);
	if (t->hwloc != NULL)
		hwloc_topology_destroy(t->hwloc);
	hwloc_bitmap_free(t->allowed);
	free(t);
}

void topology_warn(const struct topology *t, FILE *f, const char *prefix)
{
	if (t->unbound != NULL)
		fprintf(f, "%sthreads are not bound to CPUs: %s\n", prefix, t->unbound);
	if (!t->places.cores_known)
		fprintf(f, "%shwloc shows no cores: each hardware thread is taken for a core\n", prefix);
}

uint32_t topology_cpus(const struct topology *t)
{
	return t->places.cpus;
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
	if (placement != TOPOLOGY_NONE && t->unbound != NULL) {
		*why = t->unbound;
		return false;
	}
	if (placement == TOPOLOGY_SMT && t->places.cpus == t->places.cores) {
		*why = "no core that this process may use has a second hardware thread";
		return false;
	}
	return true;
}

enum topology_placement topology_usual(const struct topology *t)
{
	return t->unbound == NULL ? TOPOLOGY_COMPACT : TOPOLOGY_NONE;
}

uint32_t topology_place(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	return pu(t, t->places.order[placement][index % t->places.cpus])->os_index;
}

bool topology_bind(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	if (placement == TOPOLOGY_NONE || t->unbound != NULL)
		return false;
	hwloc_obj_t place = pu(t, t->places.order[placement][index % t->places.cpus]);
	return hwloc_set_cpubind(t->hwloc, place->cpuset, HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT) == 0;
}

void topology_unbind(const struct topology *t)
{
	if (t->unbound == NULL)
		hwloc_set_cpubind(t->hwloc, t->allowed, HWLOC_CPUBIND_THREAD);
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
		 "packages %d, NUMA nodes %d, cores %" PRIu32 "%s, hardware threads %" PRIu32 ", L1d %u KiB, L2 %u KiB, L3 %d x %u KiB%s",
		 packages, nodes, t->places.cores, t->places.cores_known ? "" : " (each hardware thread is taken for one)", t->places.cpus,
		 cache_kib(t, HWLOC_OBJ_L1CACHE), cache_kib(t, HWLOC_OBJ_L2CACHE), l3, cache_kib(t, HWLOC_OBJ_L3CACHE),
		 t->unbound == NULL ? "" : ", threads not bound");
}

/* Result files may be published, so the host name stays private. */
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
