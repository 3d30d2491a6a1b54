/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine's own files share. */
#ifndef MACHINE_H
#define MACHINE_H

#include "sim.h"

/* tsan.c: the next step of the running thread; and the rest of a step that has had its turn. */
void machine_access(struct sim_access *a);
void machine_access_now(struct sim_access *a);

/* signals.c: where a handler may run. */
void signals_arrive(void);

/* fibers.c: the running thread continues after fibers_wake with the same object. */
void fibers_block(const void *object);

/* Wakes the thread that driver_waiter chooses, or all. False: none is blocked on the object. */
bool fibers_wake(enum sim_event event, const void *object);

/* The sequences on that CPU start over, except in one thread. */
void fibers_abort(int cpu, const struct sim_thread *except);

/* The address is on the stack of a thread, to which it belongs. */
bool fibers_on_stack(const volatile void *p);

/* storage.c. Each thread has a copy of the thread-local variables, whose section holds those of the
 * thread that runs. STORAGE_MAIN: the program outside sim_run. */
#define STORAGE_MAIN SIM_THREADS
void storage_reset(void);
void storage_begin(int threads);
void storage_switch(int from, int to);
bool storage_local(const volatile void *p);

/* rseq_machine.c: membarrier(2). */
void machine_membarrier(int cmd, int cpu);

/* locks.c */
void locks_reset(void);

#endif
