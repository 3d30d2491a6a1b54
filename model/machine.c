/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <errno.h>
#include <hwloc.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct machine machine;

static char topology_text[256];

#define FIGURE_NS true
#define FIGURE_COUNT false
#define FIGURE(key, unit, meaning) {#key, meaning, FIGURE_##unit, offsetof(struct machine_figures, key)},

static const struct figure {
	const char *key, *meaning;
	bool time;
	size_t at;
} figures[] = {MACHINE_FIGURES(FIGURE)};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static bool set[FIGURES];

static uint64_t *value_of(const struct figure *f)
{
	return (uint64_t *)((char *)&machine.f + f->at);
}

static bool put_figure(const char *key, const char *text)
{
	char *end;
	errno = 0;
	double value = strtod(text, &end);
	for (size_t i = 0; i < FIGURES; i++) {
		if (strcmp(figures[i].key, key) != 0)
			continue;
		if (end == text || *end != '\0' || errno != 0 || !(value >= 0 && value < 1e9)) {
			fprintf(stderr, "extram-model: %s = %s: a number from 0 on\n", key, text);
			return false;
		}
		*value_of(&figures[i]) = (uint64_t)(value * (figures[i].time ? (double)EVENTS_NS : 1) + 0.5);
		set[i] = true;
		return true;
	}
	fprintf(stderr, "extram-model: %s: no such figure\n", key);
	return false;
}

static bool put_word(char *to, size_t bytes, const char *text)
{
	return (size_t)snprintf(to, bytes, "%s", text) < bytes;
}

/* inih calls it for each line of the file. 0 stops. */
static int on_key(void *path, const char *section, const char *key, const char *text)
{
	(void)path;
	if (strcmp(section, "calibration") == 0 || strcmp(section, "contended") == 0)
		return 1; /* model/calibrate.py reads them */
	if (strcmp(section, "machine") != 0)
		return put_figure(key, text);
	if (strcmp(key, "cpu_model") == 0)
		return put_word(machine.cpu_model, sizeof(machine.cpu_model), text);
	if (strcmp(key, "arch") == 0)
		return put_word(machine.arch, sizeof(machine.arch), text);
	if (strcmp(key, "topology") == 0)
		return put_word(topology_text, sizeof(topology_text), text);
	fprintf(stderr, "extram-model: [machine] has no key %s\n", key);
	return 0;
}

static uint32_t above(hwloc_obj_t pu, hwloc_obj_type_t type, uint32_t otherwise)
{
	for (hwloc_obj_t o = pu->parent; o != NULL; o = o->parent)
		if (o->type == type)
			return o->logical_index;
	return otherwise;
}

static uint32_t greatest(uint32_t n, uint32_t index)
{
	return index + 1 > n ? index + 1 : n;
}

static void place(hwloc_topology_t t, uint32_t index)
{
	struct machine *m = &machine;
	hwloc_obj_t pu = hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, index);
	int node = hwloc_bitmap_first(pu->nodeset);
	struct machine_place *p = &m->place[index];
	p->number = pu->os_index;
	p->package = above(pu, HWLOC_OBJ_PACKAGE, 0);
	p->node = node < 0 ? 0 : hwloc_get_numanode_obj_by_os_index(t, (unsigned)node)->logical_index;
	p->domain = above(pu, HWLOC_OBJ_L3CACHE, p->package);
	p->core = above(pu, HWLOC_OBJ_CORE, index);
	m->cores = greatest(m->cores, p->core);
	m->domains = greatest(m->domains, p->domain);
	m->nodes = greatest(m->nodes, p->node);
	m->packages = greatest(m->packages, p->package);
	if (p->domain >= MACHINE_DOMAINS || p->node >= MACHINE_DOMAINS)
		return;
	m->core_domain[p->core] = p->domain;
	m->domain_node[p->domain] = p->node;
	m->domain_package[p->domain] = m->node_package[p->node] = p->package;
}

static bool place_all(hwloc_topology_t t)
{
	int cpus = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU);
	if (cpus < 1 || cpus > MACHINE_CPUS)
		return false;
	machine.cpus = (uint32_t)cpus;
	for (uint32_t i = 0; i < machine.cpus; i++)
		place(t, i);
	return machine.domains <= MACHINE_DOMAINS && machine.nodes <= MACHINE_DOMAINS;
}

static bool read_topology(void)
{
	hwloc_topology_t t;
	if (hwloc_topology_init(&t) != 0)
		return false;
	bool good = hwloc_topology_set_synthetic(t, topology_text) == 0 && hwloc_topology_load(t) == 0 && place_all(t);
	hwloc_topology_destroy(t);
	return good;
}

static bool complete(const char *path)
{
	for (size_t i = 0; i < FIGURES; i++)
		if (!set[i]) {
			fprintf(stderr, "extram-model: %s: %s is missing: %s\n", path, figures[i].key, figures[i].meaning);
			return false;
		}
	if (machine.f.hold_max < machine.f.hold_min || machine.f.home >= machine.nodes) {
		fprintf(stderr, "extram-model: %s: hold_max is below hold_min, or there is no node %u\n", path, (unsigned)machine.f.home);
		return false;
	}
	return true;
}

bool machine_read(const char *path)
{
	machine = (struct machine){0};
	const char *file = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	snprintf(machine.name, sizeof(machine.name), "%.*s", (int)strcspn(file, "."), file);
	int line = ini_parse(path, on_key, NULL);
	if (line != 0)
		fprintf(stderr, "extram-model: %s: %s\n", path, line < 0 ? "cannot be read" : "is no description of a machine");
	if (line != 0)
		return false;
	if (!read_topology()) {
		fprintf(stderr,
			"extram-model: %s: topology = %s: hwloc does not understand it, or it has more than %d CPUs or %d domains\n", path,
			topology_text, MACHINE_CPUS, MACHINE_DOMAINS);
		return false;
	}
	return complete(path);
}

bool machine_set(const char *assignment)
{
	char key[64];
	const char *equals = strchr(assignment, '=');
	size_t length = equals == NULL ? sizeof(key) : (size_t)(equals - assignment);
	if (length >= sizeof(key)) {
		fprintf(stderr, "extram-model: --set %s: KEY=NUMBER\n", assignment);
		return false;
	}
	memcpy(key, assignment, length);
	key[length] = '\0';
	return put_figure(key, equals + 1);
}

void machine_print(void)
{
	for (size_t i = 0; i < FIGURES; i++) {
		uint64_t value = *value_of(&figures[i]);
		printf("%s\t%.6g\t%s\n", figures[i].key, figures[i].time ? (double)value / (double)EVENTS_NS : (double)value,
		       figures[i].meaning);
	}
}

static uint64_t node_leg(uint32_t node, uint32_t other)
{
	if (machine.node_package[node] != machine.node_package[other])
		return machine.f.system;
	return node != other ? machine.f.package : machine.f.node;
}

uint64_t machine_leg(uint32_t domain, uint32_t other)
{
	return domain == other ? 0 : node_leg(machine.domain_node[domain], machine.domain_node[other]);
}

uint64_t machine_home_leg(uint32_t domain)
{
	return machine.f.home_detour == 0 ? 0 : node_leg(machine.domain_node[domain], (uint32_t)machine.f.home);
}
