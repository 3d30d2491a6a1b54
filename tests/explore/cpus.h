/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs of the model, for restartable sequences. A thread gets a CPU when it first runs a sequence.
 * Threads on different CPUs run side by side. Threads on one CPU take turns, and each turn aborts the
 * sequences of the others there. The kernel's switch between two threads of a CPU is a full barrier:
 * what one did there happens before what the next does.
 */
#ifndef CPUS_H
#define CPUS_H

#include <stdbool.h>
#include <stdint.h>

#define CPUS_COUNT 2

struct thread;

void cpus_reset(void);

/* The running thread's CPU; gives it one if it has none. 0 while nothing is explored. */
int cpus_self(void);

/* Here the running thread may be preempted by something else, or moved. True: its sequence was
 * aborted, if it was in one. */
bool cpus_disturb(void);

/* A thread begins to run, or continues. */
void cpus_switch(struct thread *t);

/* membarrier(2): a full barrier on all CPUs, or on one CPU, where it also aborts sequences. */
void cpus_barrier(void);
void cpus_barrier_rseq(int cpu);

#endif
