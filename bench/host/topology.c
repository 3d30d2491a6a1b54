/* SPDX-License-Identifier: BSD-3-Clause */
#include "topology.h"

#include <errno.h>
#include <hwloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu_numbers.h"
#include "places.h"
#include "topology_hwloc.h"

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

/* machine: a file or a synthetic description; NULL: what hwloc shows. */
static bool load(struct topology *t, const char *machine)
{
	if (hwloc_topology_init(&t->hwloc) != 0) {
		t->hwloc = NULL;
		return false;
	}
	int (*from)(hwloc_topology_t, const char *) =
	    machine != NULL && access(machine, R_OK) == 0 ? hwloc_topology_set_xml : hwloc_topology_set_synthetic;
	return (machine == NULL || from(t->hwloc, machine) == 0) && hwloc_topology_load(t->hwloc) == 0;
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

/*
 * hwloc sorts the kinds by efficiency, the fastest last, if it knows it: then the kinds have
 * different numbers, from 0. Cores of an unknown kind count as cores of a further kind.
 */
static bool keep_kind(struct topology *t, enum topology_kind kind)
{
	int efficiency;
	t->kind = kind;
	t->kinds = hwloc_cpukinds_get_nr(t->hwloc, 0);
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
	int chosen = kind == TOPOLOGY_PERFORMANCE ? t->kinds - 1 : 0;
	bool known = t->kinds > 1 && cpus != NULL && hwloc_cpukinds_get_info(t->hwloc, chosen, cpus, &efficiency, NULL, NULL, 0) == 0 &&
		     efficiency >= 0 && hwloc_bitmap_intersects(cpus, hwloc_topology_get_topology_cpuset(t->hwloc));
	bool ok = cpus != NULL;
	if (!known)
		t->kinds = t->kinds > 1 ? 0 : 1;
	else if (kind != TOPOLOGY_ALL_KINDS) {
		int before = hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU);
		ok = hwloc_topology_restrict(t->hwloc, cpus, 0) == 0;
		t->other_cpus = (uint32_t)(before - hwloc_get_nbobjs_by_type(t->hwloc, HWLOC_OBJ_PU));
	}
	hwloc_bitmap_free(cpus);
	return ok;
}

static struct topology *fail(struct topology *t, const char *machine)
{
	topology_close(t);
	fprintf(stderr, "extram-bench: hwloc reports no CPUs for %s\n", machine);
	return NULL;
}

/* The places of the kind of cores that is used. */
static struct topology *finish(struct topology *t, enum topology_kind kind, const char *machine)
{
	if (!keep_kind(t, kind) || !places_make(&t->places, t->hwloc))
		return fail(t, machine);
	if (t->allowed != NULL)
		hwloc_bitmap_copy(t->allowed, hwloc_topology_get_topology_cpuset(t->hwloc));
	return t;
}

struct topology *topology_open(enum topology_kind kind)
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
			return fail(t, "this machine");
	}
	return finish(t, kind, "this machine");
}

struct topology *topology_open_shown(const char *machine, enum topology_kind kind)
{
	struct topology *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->shown = true;
	machine = machine == NULL || machine[0] == '\0' ? NULL : machine;
	const char *name = machine == NULL ? "the machine shown" : machine;
	return load(t, machine) ? finish(t, kind, name) : fail(t, name);
}

void topology_close(struct topology *t)
{
	places_free(&t->places);
	if (t->hwloc != NULL)
		hwloc_topology_destroy(t->hwloc);
	hwloc_bitmap_free(t->allowed);
	free(t);
}

uint32_t topology_cpus(const struct topology *t)
{
	return t->places.cpus;
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
	if (placement != TOPOLOGY_NONE && t->places.order[placement].count == 0) {
		*why = placement == TOPOLOGY_WITHIN_L3 ? "hwloc shows no second L3 cache" : "hwloc shows no second package";
		return false;
	}
	return true;
}

/* The hwloc object of a placement's CPU. */
static hwloc_obj_t place(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	const struct places_order *order = &t->places.order[placement];
	return pu(t, order->pu[index % order->count]);
}

uint32_t topology_places(const struct topology *t, enum topology_placement placement)
{
	return placement == TOPOLOGY_NONE ? t->places.cpus : t->places.order[placement].count;
}

enum topology_placement topology_usual(const struct topology *t)
{
	return t->unbound == NULL ? TOPOLOGY_COMPACT : TOPOLOGY_NONE;
}

uint32_t topology_place(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	return place(t, placement, index)->os_index;
}

bool topology_apart(const struct topology *t, enum topology_placement placement, uint32_t threads)
{
	if (placement == TOPOLOGY_NONE || t->unbound != NULL || threads > topology_places(t, placement))
		return false;
	if (threads < 2 || !t->places.cores_known)
		return threads == 1;
	hwloc_bitmap_t used = hwloc_bitmap_alloc();
	bool apart = used != NULL;
	for (uint32_t i = 0; apart && i < threads; i++) {
		unsigned core = hwloc_get_ancestor_obj_by_type(t->hwloc, HWLOC_OBJ_CORE, place(t, placement, i))->logical_index;
		apart = !hwloc_bitmap_isset(used, core) && hwloc_bitmap_set(used, core) == 0;
	}
	hwloc_bitmap_free(used);
	return apart;
}

bool topology_bind(const struct topology *t, enum topology_placement placement, uint32_t index)
{
	if (placement == TOPOLOGY_NONE || t->unbound != NULL || t->shown || topology_places(t, placement) == 0)
		return false;
	return hwloc_set_cpubind(t->hwloc, place(t, placement, index)->cpuset, HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT) == 0;
}

void topology_unbind(const struct topology *t)
{
	if (t->unbound == NULL && !t->shown)
		hwloc_set_cpubind(t->hwloc, t->allowed, HWLOC_CPUBIND_THREAD);
}
