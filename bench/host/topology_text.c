/* SPDX-License-Identifier: BSD-3-Clause */
/* The topology in words, and as hwloc's XML. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "topology_hwloc.h"

static const char *const kind_names[] = {"performance", "efficiency", "all"};

const char *topology_kind_name(enum topology_kind kind)
{
	return kind_names[kind];
}

void topology_warn(const struct topology *t, FILE *f, const char *prefix)
{
	if (t->unbound != NULL)
		fprintf(f, "%sthreads are not bound to CPUs: %s\n", prefix, t->unbound);
	if (!t->places.cores_known)
		fprintf(f, "%shwloc shows no cores: each hardware thread is taken for a core\n", prefix);
	if (t->kinds == 0)
		fprintf(f, "%sthe cores differ, and hwloc does not know how: all of them are used\n", prefix);
	if (t->other_cpus > 0)
		fprintf(f, "%scores of one kind only, %s: %u CPUs of other kinds are not used (see --core-kind)\n", prefix,
			kind_names[t->kind], t->other_cpus);
	if (t->kinds > 1 && t->kind == TOPOLOGY_ALL_KINDS)
		fprintf(f, "%scores of %d kinds are used together\n", prefix, t->kinds);
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
