/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst: threads that arrive at the same time. Each thread is created, bound to its CPU and held
 * at a gate. When the gate opens, each thread enters, stays until the last one has entered, and
 * leaves.
 */
#ifndef BENCH_BURST_H
#define BENCH_BURST_H

#include "crew.h"

struct burst_result {
	struct crew_total total; /* wall_ns: until the last thread had left; the usage: since the threads' creation; a pair each */
	double all_in_ms;        /* from the opening of the gate until the last thread had entered, by that thread's clock */
};

/*
 * Runs a burst. Not thread-safe. The plan is a crew's: body runs when the gate opens. It reports
 * its progress by crew_phase, and calls burst_stay once, when it has entered. bytes and burst are
 * not used.
 */
enum block_status burst_run(const struct crew_plan *plan, struct burst_result *result);

/* For the body, once, when the thread has entered. Sleeps until all threads have. */
void burst_stay(struct crew_thread *t);

#endif
