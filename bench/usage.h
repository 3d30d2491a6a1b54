/* SPDX-License-Identifier: BSD-3-Clause */
/* What a thread has used and suffered, as the kernel counts it. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
	uint64_t cpu_ns;
	uint64_t nvcsw, nivcsw;
};

/* Of the calling thread, since it was born. */
struct usage usage_now(void);

/* Of all threads that the process has, or had. */
struct usage usage_of_process(void);

/*
 * Does this kernel tell how long threads wait for a CPU? Only if schedstat can be read and its CPU time grows with what the thread ran.
 * Once, before any thread that opens it: after a no, usage_open_schedstat says -1. Takes some milliseconds.
 */
bool usage_check_schedstat(void);

/* What to tell the user after a no. */
extern const char usage_no_schedstat[];

/* The first number of a schedstat file, a thread's CPU time in ns. False: it cannot be read. */
bool usage_ran_ns(int schedstat, uint64_t *ns);

/*
 * A thread's own schedstat file, kept open: reading it costs about 1 us. -1: this kernel has none, or no descriptor is left. To be closed
 * by the thread.
 */
int usage_open_schedstat(void);

/* Time that the calling thread was ready and waited for a CPU, since it was born. False: unknown. */
bool usage_run_wait_ns(int schedstat, uint64_t *ns);

/* Time that the hypervisor took from all CPUs since boot, in steps of a clock tick (10 ms). False: unknown. */
bool usage_steal_ns(uint64_t *ns);

#endif
