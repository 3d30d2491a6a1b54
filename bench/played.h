/* SPDX-License-Identifier: BSD-3-Clause */
/* What the workloads of planned callbacks share: openloop, mixed, replay. */
#ifndef BENCH_PLAYED_H
#define BENCH_PLAYED_H

#include "players.h"
#include "workload.h"

/* A block's part of one workload: runs players on that list, and fills the row. */
typedef enum workload_status played_body(struct workload_run *run, struct rig *rig, const struct arrivals_score *total);

/* A block: a fresh list, two empty histograms, the body, and the check that no m was lost. */
enum workload_status played_run(struct workload_run *run, played_body *body);

/* A plan with all that the cell and the run say. */
struct players_plan played_plan(const struct workload_run *run, struct rig *rig);

/* Runs it and fills the row's counts and both tails. What total holds must be empty. */
enum workload_status played_fill(struct workload_run *run, const struct players_plan *plan, const struct arrivals_score *total);

#endif
