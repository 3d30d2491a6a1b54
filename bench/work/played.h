/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared code of the workloads with planned callbacks: openloop, mixed and replay. */
#ifndef BENCH_PLAYED_H
#define BENCH_PLAYED_H

#include "players.h"
#include "workload.h"

/* A body's context, or the beginning of it. */
struct played {
	struct histogram service, response; /* of all threads */
};

/* A plan filled from the cell and the run. */
struct players_plan played_plan(const struct workload_run *run, struct rig *rig);

/* Runs the plan and fills the row's counts and both tails. times is empty. */
enum block_status played_fill(struct workload_run *run, const struct players_plan *plan, struct played *times);

#endif
