/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decides whether the machine disturbed a block. The decision uses the kernel's figures of what
 * else ran, and probes of the cores, never the block's own result.
 *
 * The foreign share is the share of the usable CPUs' time that was neither idle nor used by this
 * process: other processes, kernel threads, interrupts and hypervisor steal. It works for every
 * workload, including those whose threads sleep or outnumber the CPUs. Where each thread has a CPU
 * of its own, the time that threads waited for a CPU counts as well. So does other work on its
 * core, which the kernel does not report: see pace.h.
 *
 * /proc/stat counts in ticks of 10 ms, so the idle time of one CPU over a block is off by up to one
 * tick. A block is therefore disturbed when foreign time exceeds 10 % of the CPUs' time plus one
 * tick for each CPU. On two CPUs that is 28 ms of a 40 ms block (35 %), 60 ms of a 200 ms block
 * (15 %), and 220 ms of a one-second block (11 %).
 */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest foreign share of a quiet block. */
#define ENVIRONMENT_FOREIGN_SHARE 0.10
/* Largest share of their time that threads with a CPU each may wait in a quiet block. */
#define ENVIRONMENT_WAIT_SHARE 0.05
/* Smallest share of clean windows in a quiet block, if only clean windows count. */
#define ENVIRONMENT_CLEAN_SHARE 0.5

enum { ENVIRONMENT_UNKNOWN = -1, ENVIRONMENT_QUIET = 0, ENVIRONMENT_DISTURBED = 1 };

/* The CPUs that a process may use. */
struct environment_cpus {
	const cpu_set_t *set;
	size_t bytes;
};

/* Totals since boot, or since the process started. */
struct environment {
	bool known;
	uint32_t cpus;    /* usable CPUs listed in /proc/stat */
	uint64_t idle_ns; /* of those CPUs, including I/O wait */
	uint64_t all_ns;  /* all time of those CPUs */
	uint64_t own_ns;  /* CPU time of this process and of children it has waited for */
	uint64_t wall_ns; /* by a monotonic clock */
};

/* What the kernel reports about a block. UINT64_MAX: unknown count. */
struct environment_block {
	uint32_t threads, cpus;
	uint64_t wall_ns, run_wait_ns;
	uint64_t windows, windows_clean; /* windows_clean is unknown unless only clean windows count */
	bool shared;                     /* too few of those had the threads' cores alone */
	double foreign_share;            /* NAN: unknown */
	double foreign_much;             /* the block is disturbed from this foreign share on */
};

/*
 * Reads the current totals: /proc/stat below root for the given CPUs, and the clocks. Not
 * thread-safe. The totals are unknown if /proc/stat is missing or empty.
 */
void environment_read(struct environment *now, const char *root, const struct environment_cpus *cpus);

/* The same for the running system and the calling thread's CPUs. */
void environment_read_here(struct environment *now);

/*
 * The foreign share between two states, and the share from which it disturbs. Both NAN if unknown.
 */
double environment_foreign(const struct environment *before, const struct environment *after, double *much);

/*
 * Returns ENVIRONMENT_DISTURBED, _QUIET, or _UNKNOWN if the kernel reports nothing that decides it.
 */
int environment_judge(const struct environment_block *block);

#endif
