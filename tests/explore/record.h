/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run did, for judges and for readers: the threads' calls and what they got, in the order
 * that can be observed; and each access with readable names of places and code. */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "schedule.h"

#define HISTORY_OPS 30
#define HISTORY_NONE (-1) /* instead of the number of an m: NULL */

/* HISTORY_NOTHING: the call had no effect. */
enum history_kind { HISTORY_GET, HISTORY_PUT, HISTORY_LENGTH, HISTORY_EXIT, HISTORY_NOTHING };

struct history_op {
	enum history_kind kind;
	int thread;
	int list; /* 0, or 1: the other one */
	int m;    /* put: the argument; get: the result */
	bool nilokay, last;
	uint32_t length;
	uint32_t called, returned;    /* among all calls and returns; a handler's lie within those of what it interrupted */
	uint32_t from, to;            /* its first and last visible step, in the order of the run */
	int16_t began[CLOCK_THREADS]; /* what happened before its call */
	int16_t ended;                /* the thread's step at its return */
};

struct history {
	struct history_op ops[HISTORY_OPS];
	uint32_t n;
	bool stale; /* a load has returned an old value; then only happens-before proves an order, and real time does not */
};

extern struct history history;

void history_reset(void);

/* The running thread calls, and returns from, an operation. The caller fills in the result in
 * between. */
struct history_op *history_call(enum history_kind kind, int list, int m);
void history_return(struct history_op *op);

/* A visible step of a thread; a load of the run returned an old value. */
void history_step(struct thread *t);
void history_stale(void);

/* Reports whether a must come before b in every explanation of this history. */
bool history_before(const struct history_op *a, const struct history_op *b);

void history_print(FILE *f);

/* True: every access is printed. */
extern bool trace_on;

/* Gives a name to that many bytes, until trace_forget. Keeps the pointer to the name. */
void trace_name(const void *p, size_t bytes, const char *name);
void trace_forget(void);

/* name+offset */
void trace_place(char *text, size_t size, const volatile void *p);

/* function at file:line, where a symbolizer is installed */
void trace_site(char *text, size_t size, const void *site);

/* An access of the running thread. */
struct trace {
	const char *what;
	const volatile void *place; /* or NULL */
	int order;                  /* memory_order_*, or -1 */
	uint64_t value;
	int old; /* how many newer stores there were */
};

void trace_print(const struct trace *t);

static inline void trace_access(const struct trace *t)
{
	if (__builtin_expect(trace_on, 0))
		trace_print(t);
}

#endif
