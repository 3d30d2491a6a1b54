/* SPDX-License-Identifier: BSD-3-Clause */
/* What a block runs on: a fresh list of one strategy with its ms, and the check that none was lost or doubled. */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include "arena.h"
#include "needm.h"
#include "topology.h"

enum rig_level { RIG_LIST, RIG_CALLBACK };

struct rig {
	struct needm_runtime rt; /* at level list only its list is in use */
	struct arena arena;
	enum rig_level level;
};

struct rig_plan {
	const struct extram_strategy *strategy;
	enum rig_level level;
	uint32_t prefill; /* at least 1 */
	const struct topology *topology;
	enum topology_placement placement;
};

/*
 * Makes a list with prefill ms: whole ones with stacks at level callback, without at level list. They are put from the CPU of the
 * placement's first thread: what a list keeps by CPU would else begin wherever the system let the caller run, and a block's result would
 * depend on it. Alone; afterwards the caller may run on every CPU. NULL: the cause was printed, nothing was made.
 */
struct rig *rig_new(const struct rig_plan *plan);

/* Frees all. Alone. */
void rig_free(struct rig *rig);

uint32_t rig_created(struct rig *rig);

/*
 * Conservation: takes every m off the list; each must come once, all that were created must come, and length must say so before. To be
 * called when all threads have left the list. False: the cause was printed.
 */
bool rig_conserved(struct rig *rig);

#endif
