/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trace: which thread made a callback when, and how long it lasted. Text, one event a line:
 *
 *   # extram trace 1
 *   # any number of remarks, such as how it was recorded
 *   thread,start_ns,hold_ns
 *   0,0,1200
 *   1,350,900
 *
 * Threads are numbered from 0 without gaps; the starts of one thread do not fall. Nothing else is accepted.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdint.h>

#define TRACE_THREADS 4096          /* at most */
#define TRACE_LENGTH 1000000000000U /* ns, of the last start */
#define TRACE_HOLD 1000000000U      /* ns */

struct trace_event {
	uint32_t thread;
	uint64_t start_ns, hold_ns;
};

struct trace {
	char *name;                 /* the file's, without folder and ending; with " xN" if it is played faster */
	struct trace_event *events; /* by thread, then by start */
	uint32_t *first;            /* of each thread, and of one more */
	uint32_t threads, count;
	uint64_t length_ns; /* until the last one's end */
};

/* Reads a file, its starts divided by speed (1: as recorded). NULL: the cause was printed, with file and line. */
struct trace *trace_read(const char *path, uint32_t speed);

/* NULL is nothing. */
void trace_free(struct trace *trace);

#endif
