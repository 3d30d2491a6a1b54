/* SPDX-License-Identifier: BSD-3-Clause */
/* Resource usage and waiting time of threads, as the kernel counts them. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
	uint64_t cpu_ns;
	uint64_t nvcsw, nivcsw;
};

/* Usage of the calling thread since its creation. */
struct usage usage_now(void);

/* Usage of the whole process, including threads that have ended. */
struct usage usage_of_process(void);

/*
 * Checks whether this kernel reports how long threads wait for a CPU: schedstat must be readable,
 * and its CPU time must grow while the thread runs. If not, usage_open_schedstat returns -1 from
 * then on. Call once, before any thread opens schedstat. Takes some milliseconds.
 */
bool usage_check_schedstat(void);

/* The message for the user if it does not. */
extern const char usage_no_schedstat[];

/*
 * Raises the limit of open files as far as the process may. Each thread keeps its schedstat file
 * open, and one for each counted event, so 256 threads need more than the usual 1024.
 */
void usage_allow_files(void);

/*
 * Opens the calling thread's schedstat file. Keep it open: a read then costs about 1 us. The thread
 * closes it. -1: this kernel has none, or no descriptor is left.
 */
int usage_open_schedstat(void);

/* Time that the calling thread has waited for a CPU since its creation. False: unknown. */
bool usage_run_wait_ns(int schedstat, uint64_t *ns);

/* Hypervisor steal of all CPUs since boot, in steps of a tick (10 ms). False: unknown. */
bool usage_steal_ns(uint64_t *ns);

#endif
