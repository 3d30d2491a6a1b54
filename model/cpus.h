/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs with a clock each, and the threads that take turns on them. Threads stay on the CPU on which
 * they are placed, as in a pinned run.
 */
#ifndef MODEL_CPUS_H
#define MODEL_CPUS_H

#include <stdbool.h>
#include <stdint.h>

/* Places n threads, in order, on places of machine.place: place[i] for the i-th thread. Several may
 * share a CPU. Call it before sim_run. */
void cpus_reset(const uint32_t *place, uint32_t n);

/* Of the running thread: the index of its CPU in machine.place, and the CPU's time. */
uint32_t cpus_place(void);
uint64_t cpus_now(void);

/* The running thread is busy for that long. */
void cpus_work(uint64_t ps);

/* It computes so much as takes that long with the core for itself. */
void cpus_compute(uint64_t ps);

/* The running thread waits for something that no other thread runs in place of: a line, or room in
 * its store buffer. Returns after cpus_resume. */
void cpus_stall(void);

/* The thread, which stalls, goes on at that time. */
void cpus_resume(uint32_t thread, uint64_t at);

#endif
