/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trace records when each thread made a callback and how long it lasted. It is a text file with
 * one event on each line:
 *
 *   # extram trace 1
 *   # any number of comments, such as how it was recorded
 *   thread,start_ns,hold_ns
 *   0,0,1200
 *   1,350,900
 *
 * Threads are numbered from 0 without gaps. The starts of a thread never decrease. Anything else is
 * an error.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdint.h>

#define TRACE_THREADS 4096          /* most threads */
#define TRACE_LENGTH 1000000000000U /* latest start, ns */
#define TRACE_HOLD 1000000000U      /* longest hold, ns */

struct trace_event {
	uint32_t thread;
	uint64_t start_ns, hold_ns;
};

struct trace {
	char *name;                 /* the file's name without folder and extension; with " xN" if replayed faster */
	struct trace_event *events; /* sorted by thread, then by start */
	uint32_t *first;            /* index of each thread's first event, and the end */
	uint32_t threads, count;
	uint64_t length_ns; /* end of the last callback */
};

/*
 * Reads a file and divides its starts by speed (1: as recorded). NULL: the cause was printed with
 * file and line.
 */
struct trace *trace_read(const char *path, uint32_t speed);

/* Frees a trace. NULL is ignored. */
void trace_free(struct trace *trace);

#endif
