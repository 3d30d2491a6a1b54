/* SPDX-License-Identifier: BSD-3-Clause */
#include "cells_check.h"

#include <stdio.h>

static bool can_place(const struct topology *topology, uint64_t value, const char **why)
{
	return topology_can(topology, (enum topology_placement)value, why);
}

static bool can_home(const struct topology *topology, uint64_t value, const char **why)
{
	return topology_can_home(topology, (uint32_t)value, why);
}

/* Checks the values of an axis that depend on the machine. False: the cause was printed. */
static bool check(const struct options *o, const struct topology *topology, enum axes axis)
{
	bool (*can)(const struct topology *, uint64_t, const char **) = axis == AXES_home ? can_home : can_place;
	const struct axes_list *list = &o->asked[axis];
	for (uint32_t i = 0; i < list->count; i++) {
		const char *why;
		if (can(topology, list->value[i], &why))
			continue;
		fprintf(stderr, "extram-bench: %s %s is not available: %s\n", axes_all[axis].option, axes_all[axis].words[list->value[i]],
			why);
		return false;
	}
	return true;
}

bool cells_check(const struct options *options, const struct topology *topology)
{
	return check(options, topology, AXES_placement) && check(options, topology, AXES_home);
}

bool cells_calibrate(const struct options *options, uint64_t workload)
{
	if (options->asked[AXES_workload].count > 0)
		return axes_selected(&options->asked[AXES_workload], workload);
	return options->set != WORKLOAD_SMOKE && (options->asked[AXES_strategy].count == 0 || options->only);
}
