/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared code of the workloads that loop over pairs: pair, latency, oversub. */
#ifndef BENCH_LOOPED_H
#define BENCH_LOOPED_H

#include "workload.h"

/* For a workload's run: run the cell's block and fill the row. Timed ones sample latencies. */
enum block_status looped_run(struct workload_run *run);
enum block_status looped_run_timed(struct workload_run *run);

/*
 * Fills the row from a block that is done. Says whether it shows anything; if not, it was noisy.
 */
enum block_status looped_fill(struct workload_run *run, const struct block_result *result);

/* For a workload's run_real. */
enum block_status looped_run_real(struct workload_run *run);
enum block_status looped_run_timed_real(struct workload_run *run);

/* Hold and think of a group: none, those of a short callback, or one after the other. */
#define LOOPED_BARE .gap_count = 1
#define LOOPED_WORKING .gaps = {{300, 300}}, .gap_count = 1
#define LOOPED_BOTH .gaps = {{0, 0}, {300, 300}}, .gap_count = 2

#endif
