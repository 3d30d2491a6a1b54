/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared code of the workloads with planned callbacks: openloop, mixed and replay. */
#ifndef BENCH_PLAYED_H
#define BENCH_PLAYED_H

#include "players.h"
#include "workload.h"

/* One workload's body: runs players on the list and fills the row. */
typedef enum workload_status played_body(struct workload_run *run, struct rig *rig, const struct arrivals_score *total);

/* Runs a block: makes a list and two histograms, calls the body, and checks that no m was lost. */
enum workload_status played_run(struct workload_run *run, played_body *body);

/* A plan filled from the cell and the run. */
struct players_plan played_plan(const struct workload_run *run, struct rig *rig);

/* Runs the plan and fills the row's counts and both tails. total's histograms must be empty. */
enum workload_status played_fill(struct workload_run *run, const struct players_plan *plan, const struct arrivals_score *total);

#endif
