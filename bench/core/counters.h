/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware and software counters of the measured threads, by perf_event_open. The names of events
 * are those of libpfm4; without that library nothing is counted. The events of a thread form one
 * group: the kernel counts all of them at the same time or none.
 */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#define COUNTERS_OTHERS 4 /* events without a column of their own */
#define COUNTERS_MOST (COUNTERS_OTHER + COUNTERS_OTHERS)

/* What an event tells. Each of the first has a column of its own. */
enum counters_role { COUNTERS_CYCLES, COUNTERS_INSTRUCTIONS, COUNTERS_CACHE_MISSES, COUNTERS_MODIFIED_ELSEWHERE, COUNTERS_OTHER };

struct counters; /* what is counted; read-only after counters_new */

/* What every crew counts; NULL: nothing. Set before the first block. */
extern const struct counters *counters_in_use;

/* A thread's group. All zero: nothing is counted. */
struct counters_thread {
	uint32_t count;
	int fd[COUNTERS_MOST];
};

/* Sums over threads. The kernel shares its counters in turns if there are too few: then a sum is
 * scaled by the share of the time in which it counted. */
struct counters_total {
	double value[COUNTERS_MOST];
	double enabled_ns, running_ns;
};

/*
 * events: names of libpfm4, separated by commas, with ':' for their parts. NULL: the default set
 * of this machine: cycles, instructions, cache misses, and the loads that found their line modified
 * in another core's cache, if libpfm4 knows an event for that; less what the machine does not show.
 * Opens a group on the calling thread as a trial. NULL: nothing can be counted; *why is the cause,
 * in a buffer of this module, and *unknown says that it is a name.
 */
struct counters *counters_new(const char *events, const char **why, bool *unknown);
void counters_free(struct counters *counters);

/* The events, separated by commas; each ends with ":u" if the kernel's part does not count. */
const char *counters_names(const struct counters *counters);

/*
 * The event of a role; n: which of those without a column, from 0. COUNTERS_MOST: there is none.
 */
uint32_t counters_find(const struct counters *counters, enum counters_role role, uint32_t n);

/* Reports whether the kernel's part counts too: perf_event_paranoid is below 2, or root runs. */
bool counters_with_kernel(const struct counters *counters);

/* Opens the group of the calling thread, stopped at 0. False: the kernel refuses; count is 0. */
bool counters_open(const struct counters *counters, struct counters_thread *thread);

/* Starts and stops the calling thread's group: a system call each, so outside the measured loop. */
void counters_start(const struct counters_thread *thread);
void counters_stop(const struct counters_thread *thread);

/* Adds what a stopped group has counted, and closes it. Any thread may call. */
void counters_take(struct counters_thread *thread, struct counters_total *total);

/* The sum of an event, scaled; NAN: it never counted, or index is COUNTERS_MOST. */
double counters_sum(const struct counters_total *total, uint32_t index);

/* The share of the time in which the events counted; NAN: there was no time. */
double counters_share(const struct counters_total *total);

#endif
