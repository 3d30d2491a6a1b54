/* SPDX-License-Identifier: BSD-3-Clause */
/* What a block runs on: a fresh list of one strategy with its ms, and the check that none was lost or doubled. */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include "arena.h"
#include "needm.h"

enum rig_level { RIG_LIST, RIG_CALLBACK };

struct rig {
	struct needm_runtime rt; /* at level list only its list is in use */
	struct arena arena;
	enum rig_level level;
};

/*
 * Makes a list with prefill ms (at least 1): whole ones with stacks at level callback, without at level list. Alone. NULL: the cause was
 * printed, nothing was made.
 */
struct rig *rig_new(const struct extram_strategy *strategy, enum rig_level level, uint32_t prefill);

/* Frees all. Alone. */
void rig_free(struct rig *rig);

uint32_t rig_created(struct rig *rig);

/*
 * Conservation: takes every m off the list; each must come once, all that were created must come, and length must say so before. To be
 * called when all threads have left the list. False: the cause was printed.
 */
bool rig_conserved(struct rig *rig);

#endif
