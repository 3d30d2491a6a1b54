/* SPDX-License-Identifier: BSD-3-Clause */
/* The list that a block runs on, with its ms, and the check that no m was lost or duplicated. */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include "arena.h"
#include "needm.h"
#include "topology.h"

enum rig_level { RIG_LIST, RIG_CALLBACK };

struct rig {
	struct needm_runtime rt; /* at level list, only its list is used */
	struct arena arena;
	enum rig_level level;
};

struct rig_plan {
	const struct extram_strategy *strategy;
	enum rig_level level;
	uint32_t prefill; /* at least 1 */
	const struct topology *topology;
	enum topology_placement placement;
	bool homed;    /* the list and its ms are bound to home; else they are where a thread first touches them */
	uint32_t home; /* NUMA node, which topology_can_home allows */
	enum needm_layout layout;
};

/*
 * Makes a list with prefill ms, which have stacks at level callback but not at level list. The
 * caller is bound to the CPU of the placement's first thread for the puts. Otherwise a list with
 * per-CPU parts would start in a state that depends on where the system runs the caller. Afterwards
 * the caller may run on every CPU. Not thread-safe. NULL: the cause was printed and nothing was
 * made.
 */
struct rig *rig_new(const struct rig_plan *plan);

/* Frees the rig. No other thread may use it. */
void rig_free(struct rig *rig);

uint32_t rig_created(struct rig *rig);

/* Bytes of the ms, as the allocator counts them. No other thread may use the rig. */
size_t rig_bytes(struct rig *rig);

/*
 * Checks conservation: takes every m off the list. The list must return every m created, each
 * exactly once, and its length before that must be their number. No other thread may use the list.
 * False: the cause was printed.
 */
bool rig_conserved(struct rig *rig);

#endif
