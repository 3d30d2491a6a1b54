/* SPDX-License-Identifier: BSD-3-Clause */
/* What the threads called and what they got, in the order that can be observed. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "clock.h"

#define HISTORY_OPS 24
#define HISTORY_NONE (-1) /* instead of the number of an m: NULL */

enum history_kind { HISTORY_GET, HISTORY_PUT, HISTORY_LENGTH, HISTORY_EXIT };

struct history_op {
	enum history_kind kind;
	int thread;
	int m; /* put: the argument; get: the result */
	bool nilokay, last;
	uint32_t length;
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
struct history_op *history_call(enum history_kind kind, int m);
void history_return(struct history_op *op);

/* A visible step of a thread; a load of the run returned an old value. For the runtime. */
struct thread;
void history_step(struct thread *t);
void history_stale(void);

/* Reports whether a must come before b in every explanation of this history. */
bool history_before(const struct history_op *a, const struct history_op *b);

void history_print(FILE *f);

#endif
