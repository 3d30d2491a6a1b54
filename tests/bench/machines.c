/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The placements of machines that hwloc's XML files describe, by simple rules that look at every
 * pair of places. The files are exports of synthetic descriptions, changed as real machines are.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "topology.h"

struct machine {
	const char *name;
	const char *synthetic;
	const char *cpus; /* CPUs that are left; NULL: all */
	const char *fast; /* CPUs of the fast kind; NULL: no kinds */
	enum topology_kind kind;
	uint32_t places[TOPOLOGY_NONE]; /* number of CPUs of each placement */
};

/* compact, scatter, smt, within:L3, within:package, across:package */
static const struct machine machines[] = {
    {"two packages of 128 CPUs, 4 dies of 2 L3 caches of 8 cores", "package:2 numa:4 l3:2 core:8 pu:2",
     .places = {256, 256, 256, 16, 128, 256}},
    {"256 CPUs, one package", "package:1 l3:16 core:8 pu:2", .places = {256, 256, 256, 16, 0, 0}},
    {"256 CPUs, one cache", "package:1 l3:1 core:256 pu:1", .places = {256, 256, 256, 0, 0, 0}},
    {"a core with one thread among cores with two", "package:2 l3:2 core:4 pu:2", .cpus = "0-2,4-31", .places = {31, 31, 31, 7, 15, 31}},
    {"CPU numbers with gaps", "package:2 l3:1 core:2 pu:2(indexes=0,64,1,65,32,96,33,97)", .places = {8, 8, 8, 4, 4, 8}},
    {"one CPU of each package", "package:2 l3:2 core:4 pu:2", .cpus = "3,20", .places = {2, 2, 2, 1, 1, 2}},
    {"two packages of unlike size", "package:2 l3:2 core:4 pu:1", .cpus = "0-7,9", .places = {9, 9, 9, 4, 8, 9}},
    {"NUMA nodes without CPUs", "package:2 numa:2 l3:1 core:4 pu:1", .cpus = "0-3,8-11", .places = {8, 8, 8, 4, 4, 8}},
    {"a package that only has memory", "package:2 numa:1 l3:2 core:4 pu:1", .cpus = "0-7", .places = {8, 8, 8, 4, 0, 0}},
    {"three packages", "package:3 l3:2 core:3 pu:1", .places = {18, 18, 18, 3, 6, 18}},
    {"performance cores", "package:1 l3:1 core:8 pu:2", .fast = "0-7", .places = {8, 8, 8, 0, 0, 0}},
    {"efficiency cores", "package:1 l3:1 core:8 pu:2", .fast = "0-7", .kind = TOPOLOGY_EFFICIENCY, .places = {8, 8, 8, 0, 0, 0}},
    {"cores of both kinds", "package:1 l3:1 core:8 pu:2", .fast = "0-7", .kind = TOPOLOGY_ALL_KINDS, .places = {16, 16, 16, 0, 0, 0}},
    {"no cores", "package:2 pu:4", .places = {8, 8, 8, 0, 4, 8}},
    {"no packages", "core:4 pu:2", .places = {8, 8, 8, 0, 0, 0}},
};

struct made {
	char path[32];
	hwloc_topology_t hwloc; /* as the test sees it: of the kind that is used */
	struct topology *topology;
};

static hwloc_bitmap_t bitmap(const char *list)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	assert_non_null(set);
	assert_int_equal(hwloc_bitmap_list_sscanf(set, list), 0);
	return set;
}

static void add_kinds(hwloc_topology_t hwloc, hwloc_bitmap_t fast)
{
	hwloc_bitmap_t slow = hwloc_bitmap_dup(hwloc_topology_get_topology_cpuset(hwloc));
	hwloc_bitmap_andnot(slow, slow, fast);
	assert_int_equal(hwloc_cpukinds_register(hwloc, fast, 20, 0, NULL, 0), 0);
	assert_int_equal(hwloc_cpukinds_register(hwloc, slow, 10, 0, NULL, 0), 0);
	hwloc_bitmap_free(slow);
}

static void restrict_to(hwloc_topology_t hwloc, hwloc_const_bitmap_t set)
{
	assert_int_equal(hwloc_topology_restrict(hwloc, set, 0), 0);
}

/* What is left of the machine when only one kind of cores is used. */
static void use_kind(hwloc_topology_t hwloc, hwloc_bitmap_t fast, enum topology_kind kind)
{
	if (kind == TOPOLOGY_EFFICIENCY)
		hwloc_bitmap_andnot(fast, hwloc_topology_get_topology_cpuset(hwloc), fast);
	if (kind != TOPOLOGY_ALL_KINDS)
		restrict_to(hwloc, fast);
}

static void make(struct made *made, const struct machine *machine)
{
	hwloc_bitmap_t cpus = machine->cpus == NULL ? NULL : bitmap(machine->cpus);
	hwloc_bitmap_t fast = machine->fast == NULL ? NULL : bitmap(machine->fast);
	assert_int_equal(hwloc_topology_init(&made->hwloc), 0);
	assert_int_equal(hwloc_topology_set_synthetic(made->hwloc, machine->synthetic), 0);
	assert_int_equal(hwloc_topology_load(made->hwloc), 0);
	if (cpus != NULL)
		restrict_to(made->hwloc, cpus);
	if (fast != NULL)
		add_kinds(made->hwloc, fast);
	strcpy(made->path, "/tmp/machine.XXXXXX");
	close(mkstemp(made->path));
	assert_int_equal(hwloc_topology_export_xml(made->hwloc, made->path, 0), 0);
	if (fast != NULL)
		use_kind(made->hwloc, fast, machine->kind);
	made->topology = topology_open_shown(made->path, machine->kind);
	assert_non_null(made->topology);
	hwloc_bitmap_free(cpus);
	hwloc_bitmap_free(fast);
}

static void unmake(struct made *made)
{
	topology_close(made->topology);
	hwloc_topology_destroy(made->hwloc);
	unlink(made->path);
}

static hwloc_obj_t above(const struct made *made, hwloc_obj_type_t type, enum topology_placement placement, uint32_t index)
{
	hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(made->hwloc, topology_place(made->topology, placement, index));
	assert_non_null(pu);
	hwloc_obj_t found = hwloc_get_ancestor_obj_by_type(made->hwloc, type, pu);
	return found == NULL && type == HWLOC_OBJ_CORE ? pu : found;
}

/* How many of the first n places lie in an object. */
static uint32_t inside(const struct made *made, hwloc_obj_t object, enum topology_placement placement, uint32_t n)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < n; i++)
		found += hwloc_bitmap_isset(object->cpuset, topology_place(made->topology, placement, i)) != 0;
	return found;
}

/* No CPU twice; after the last place, the first again. */
static void each_once(const struct made *made, enum topology_placement placement, uint32_t places)
{
	for (uint32_t i = 0; i < places; i++)
		for (uint32_t j = 0; j < i; j++)
			assert_int_not_equal(topology_place(made->topology, placement, i), topology_place(made->topology, placement, j));
	assert_int_equal(topology_place(made->topology, placement, 0), topology_place(made->topology, placement, places));
}

/* Cores that a placement's places belong to. */
static uint32_t cores_of(const struct made *made, enum topology_placement placement, uint32_t places)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < places; i++) {
		bool seen = false;
		for (uint32_t j = 0; j < i && !seen; j++)
			seen = above(made, HWLOC_OBJ_CORE, placement, i) == above(made, HWLOC_OBJ_CORE, placement, j);
		found += !seen;
	}
	return found;
}

/* One thread for each core first. */
static void cores_first(const struct made *made, enum topology_placement placement, uint32_t places)
{
	uint32_t cores = cores_of(made, placement, places);
	assert_int_equal(cores_of(made, placement, cores), cores);
}

/* Each core's hardware threads one after another. */
static void threads_together(const struct made *made, uint32_t places)
{
	uint32_t changes = 0;
	for (uint32_t i = 1; i < places; i++)
		changes += above(made, HWLOC_OBJ_CORE, TOPOLOGY_SMT, i) != above(made, HWLOC_OBJ_CORE, TOPOLOGY_SMT, i - 1);
	assert_int_equal(changes + 1, cores_of(made, TOPOLOGY_SMT, places));
}

/* Neighbouring cores first: a package and an L3 cache is left once. */
static void one_after_another(const struct made *made, hwloc_obj_type_t type, uint32_t cores)
{
	for (hwloc_obj_t one = NULL; (one = hwloc_get_next_obj_by_type(made->hwloc, type, one)) != NULL;) {
		uint32_t entered = 0;
		for (uint32_t i = 0; i < cores; i++)
			entered +=
			    above(made, type, TOPOLOGY_COMPACT, i) == one && (i == 0 || above(made, type, TOPOLOGY_COMPACT, i - 1) != one);
		assert_in_range(entered, 0, 1);
	}
}

static uint32_t cores_inside(const struct made *made, hwloc_obj_t object)
{
	int cores = hwloc_get_nbobjs_inside_cpuset_by_type(made->hwloc, object->cpuset, HWLOC_OBJ_CORE);
	return cores > 0 ? (uint32_t)cores : (uint32_t)hwloc_bitmap_weight(object->cpuset);
}

/* The first n threads of a placement. */
struct first {
	enum topology_placement placement;
	uint32_t n;
};

/* Siblings get the same number of them, give or take one, but for one that is full. */
static void siblings_share(const struct made *made, hwloc_obj_t a, hwloc_obj_t b, struct first first)
{
	uint32_t in_a = inside(made, a, first.placement, first.n), in_b = inside(made, b, first.placement, first.n);
	if (in_a + 1 < in_b)
		assert_int_equal(in_a, cores_inside(made, a));
	if (in_b + 1 < in_a)
		assert_int_equal(in_b, cores_inside(made, b));
}

static void far_apart(const struct made *made, hwloc_obj_type_t type, enum topology_placement placement, uint32_t cores)
{
	for (hwloc_obj_t a = NULL; (a = hwloc_get_next_obj_by_type(made->hwloc, type, a)) != NULL;)
		for (hwloc_obj_t b = a->next_sibling; b != NULL; b = b->next_sibling)
			for (uint32_t n = 1; n <= cores && b->type == type; n++)
				siblings_share(made, a, b, (struct first){placement, n});
}

static void all_in_one(const struct made *made, hwloc_obj_type_t type, enum topology_placement placement, uint32_t places)
{
	hwloc_obj_t first = above(made, type, placement, 0);
	assert_int_equal(inside(made, first, placement, places), places);
	assert_int_equal(hwloc_bitmap_weight(first->cpuset), places);
}

static void check(const struct made *made, const uint32_t *places)
{
	const char *why;
	for (enum topology_placement p = 0; p < TOPOLOGY_NONE; p++) {
		assert_int_equal(topology_places(made->topology, p), places[p]);
		if (places[p] == 0) {
			assert_false(topology_can(made->topology, p, &why));
			continue;
		}
		each_once(made, p, places[p]);
		if (p != TOPOLOGY_SMT)
			cores_first(made, p, places[p]);
		assert_false(topology_bind(made->topology, p, 0)); /* it is not this machine */
	}
	uint32_t cores = cores_of(made, TOPOLOGY_COMPACT, places[TOPOLOGY_COMPACT]);
	threads_together(made, places[TOPOLOGY_SMT]);
	one_after_another(made, HWLOC_OBJ_PACKAGE, cores);
	one_after_another(made, HWLOC_OBJ_L3CACHE, cores);
	far_apart(made, HWLOC_OBJ_PACKAGE, TOPOLOGY_SCATTER, cores);
	far_apart(made, HWLOC_OBJ_L3CACHE, TOPOLOGY_SCATTER, cores);
	if (places[TOPOLOGY_WITHIN_L3] > 0)
		all_in_one(made, HWLOC_OBJ_L3CACHE, TOPOLOGY_WITHIN_L3, places[TOPOLOGY_WITHIN_L3]);
	if (places[TOPOLOGY_WITHIN_PACKAGE] > 0) {
		uint32_t own = cores_of(made, TOPOLOGY_WITHIN_PACKAGE, places[TOPOLOGY_WITHIN_PACKAGE]);
		all_in_one(made, HWLOC_OBJ_PACKAGE, TOPOLOGY_WITHIN_PACKAGE, places[TOPOLOGY_WITHIN_PACKAGE]);
		far_apart(made, HWLOC_OBJ_L3CACHE, TOPOLOGY_WITHIN_PACKAGE, own);
		far_apart(made, HWLOC_OBJ_PACKAGE, TOPOLOGY_ACROSS_PACKAGE, cores);
	}
}

static void places_obey_the_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		struct made made;
		print_message("# %s\n", machines[i].name);
		make(&made, &machines[i]);
		check(&made, machines[i].places);
		unmake(&made);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(places_obey_the_rules)};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
