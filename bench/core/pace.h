/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pace of a CPU: whether a core works for its thread alone. Another thread on the core, also
 * one of another guest of the same host, takes up to half of the core's throughput for some time.
 * The kernel reports nothing of it. A probe shows it: a loop that is limited by throughput takes
 * longer then.
 */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A probe that took this much longer than the fastest one found a shared core. */
#define PACE_SHARED 1.4

/*
 * Makes a probe of 100 to 500 ns on the calling thread's CPU. False: its core is shared, or the
 * probe was interrupted. Thread-safe. Call after clock_init. The fastest probe of the process so
 * far is the measure, so on a CPU that always runs slower than another, every probe says false.
 */
bool pace_alone(void);

/* Enters a probe's length, in ticks, and reports the same. pace_alone calls it. */
bool pace_judge(uint64_t ticks);

#endif
