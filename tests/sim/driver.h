/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shortest driver of sim.h: threads take turns at each step, memory has one value for all, a
 * thread's CPU has its number, and nothing fails for nothing. It counts what it sees.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "sim.h"

struct driver_saw {
	unsigned kinds[SIM_FUTEX_READ + 1];
	unsigned events[SIM_ABORTED + 1];
	unsigned turns[SIM_ENDED + 1];
	unsigned woken, barriers, plain;
	long slept;               /* us */
	struct sim_access access; /* the last one */
	const volatile void *plain_at;
	unsigned plain_bytes;
};

extern struct driver_saw driver_saw;

/* At how many more places a handler runs. */
extern int driver_signals;

/* How many more instructions of sections are interrupted. */
extern int driver_aborts;

/* Forgets what it saw, and runs n threads. False: sim_failure says what went wrong. */
bool driver_run(void (*body)(int id), int n);

#endif
