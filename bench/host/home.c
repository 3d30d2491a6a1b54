/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory on a NUMA node of the user's choice. */
#include <sys/mman.h>
#include <unistd.h>

#include "topology_hwloc.h"

/* Tries with one page: a container or an emulator may refuse what hwloc knows. */
static bool kernel_binds(const struct topology *t, uint32_t node)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	bool bound = topology_home(t, page, bytes, node);
	munmap(page, bytes);
	return bound;
}

bool topology_can_home(const struct topology *t, uint32_t node, const char **why)
{
	const struct hwloc_topology_support *support = hwloc_topology_get_support(t->hwloc);
	*why = "this machine has no NUMA node of that number";
	if (hwloc_get_numanode_obj_by_os_index(t->hwloc, node) == NULL)
		return false;
	*why = "this system cannot bind memory";
	if (!t->shown && !support->membind->set_area_membind)
		return false;
	*why = "the kernel does not bind memory to this NUMA node";
	return t->shown || kernel_binds(t, node);
}

bool topology_home(const struct topology *t, void *pages, size_t bytes, uint32_t node)
{
	hwloc_obj_t home = hwloc_get_numanode_obj_by_os_index(t->hwloc, node);
	return home != NULL && hwloc_set_area_membind(t->hwloc, pages, bytes, home->nodeset, HWLOC_MEMBIND_BIND,
						      HWLOC_MEMBIND_BYNODESET | HWLOC_MEMBIND_STRICT) == 0;
}

uint32_t topology_home_of(const struct topology *t, const void *page)
{
	hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
	uint32_t node = TOPOLOGY_ANY_NODE;
	if (nodes != NULL && hwloc_get_area_memlocation(t->hwloc, page, 1, nodes, HWLOC_MEMBIND_BYNODESET) == 0 &&
	    hwloc_bitmap_weight(nodes) == 1)
		node = (uint32_t)hwloc_bitmap_first(nodes);
	hwloc_bitmap_free(nodes);
	return node;
}
