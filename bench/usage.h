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

/* A thread's own schedstat file, kept open: reading it costs about 1 us. -1: this kernel has none. To be closed by the thread. */
int usage_open_schedstat(void);

/* Time that the calling thread was ready and waited for a CPU, since it was born. False: unknown. */
bool usage_run_wait_ns(int schedstat, uint64_t *ns);

/* Time that the hypervisor took from all CPUs since boot, in steps of a clock tick (10 ms). False: unknown. */
bool usage_steal_ns(uint64_t *ns);

#endif
