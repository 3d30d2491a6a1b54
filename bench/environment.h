/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Did the machine disturb a block? By the kernel's figures of what else ran, never by what the block measured.
 *
 * The foreign share is the share of the usable CPUs' time that neither stood idle nor went to this process: other processes, the kernel's
 * own threads, interrupts, and what the hypervisor took. It needs no thread of the block to tell anything, so it suits every workload,
 * also those whose threads sleep or outnumber the CPUs. A number of the threads' own, time ready without a CPU, is added to it where each
 * thread has a CPU and so none needs to wait.
 *
 * The arithmetic: /proc/stat counts in ticks of 10 ms. A count of a CPU's idle time at both ends of a block is wrong by up to one tick. So
 * a block is disturbed when foreign time exceeds 10 % of the CPUs' time, plus one tick for each CPU. On two CPUs that is 28 ms of a block
 * of 40 ms (35 %), 60 ms of one of 200 ms (15 %), and 220 ms of one of a second (11 %).
 */
#ifndef BENCH_ENVIRONMENT_H
#define BENCH_ENVIRONMENT_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Share of the usable CPUs' time that others may have. */
#define ENVIRONMENT_FOREIGN_SHARE 0.10
/* Share of their time for which threads with a CPU each may have waited. */
#define ENVIRONMENT_WAIT_SHARE 0.05
/* Share of the windows that must be clean, where the result is that of clean windows alone. */
#define ENVIRONMENT_CLEAN_SHARE 0.5

enum { ENVIRONMENT_UNKNOWN = -1, ENVIRONMENT_QUIET = 0, ENVIRONMENT_DISTURBED = 1 };

/* CPUs that a process may use. */
struct environment_cpus {
	const cpu_set_t *set;
	size_t bytes;
};

/* Sums since boot, or since the process began. */
struct environment {
	bool known;
	uint32_t cpus;    /* usable ones that /proc/stat has a line for */
	uint64_t idle_ns; /* of those CPUs; waiting for a disk included */
	uint64_t all_ns;  /* all that is counted of those CPUs */
	uint64_t own_ns;  /* CPU time of this process and of the children that it has waited for */
	uint64_t wall_ns; /* of a clock that is not set */
};

/* What the kernel told about a block. UINT64_MAX for unknown counts. */
struct environment_block {
	uint32_t threads, cpus;
	uint64_t wall_ns, run_wait_ns;
	uint64_t windows, windows_clean; /* windows_clean is unknown unless the result is that of clean windows alone */
	double foreign_share;            /* NAN: unknown */
	double foreign_much;             /* from there on the foreign share disturbs */
};

/*
 * Reads the state at this instant: /proc/stat below root, of the CPUs given, and the clocks. Alone. Unknown where /proc/stat is missing or
 * counts nothing.
 */
void environment_read(struct environment *now, const char *root, const struct environment_cpus *cpus);

/* The same of the calling thread's CPUs and the running system. */
void environment_read_here(struct environment *now);

/* The foreign share between two states, and from where on it disturbs; both NAN if unknown. */
double environment_foreign(const struct environment *before, const struct environment *after, double *much);

/* ENVIRONMENT_DISTURBED, _QUIET, or _UNKNOWN where the kernel told nothing that decides it. */
int environment_judge(const struct environment_block *block);

#endif
