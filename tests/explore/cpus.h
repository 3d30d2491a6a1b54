/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs of the model, for restartable sequences. A thread gets one when it first runs a sequence; threads on different CPUs run side by
 * side, those on one take turns, and each turn aborts the sequences of the others there. The kernel's switch between two threads of a
 * CPU is a full barrier: what one did there happens before what the next does.
 */
#ifndef CPUS_H
#define CPUS_H

#include <stdbool.h>
#include <stdint.h>

#define CPUS_COUNT 2

struct thread;

void cpus_reset(void);

/* The running thread's CPU; gives it one. 0 while nothing is explored. */
int cpus_self(void);

/* The running thread may be preempted by something else, or moved, here. True: its sequence, if it is in one, was aborted. */
bool cpus_disturb(void);

/* A thread begins or goes on to run. */
void cpus_switch(struct thread *t);

/* membarrier(2): full barriers on all CPUs; or on one, where it also aborts sequences. */
void cpus_barrier(void);
void cpus_barrier_rseq(int cpu);

#endif
