/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the explored program: fibers of one real thread. They are switched only where their order
 * can be observed: before each atomic access, lock, wait, membarrier and instruction of a restartable
 * sequence. Plain accesses are no such points: if their order mattered, that would be a data race,
 * which is reported as one.
 */
#ifndef FIBERS_H
#define FIBERS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define FIBERS_STEPS 4000 /* a run that takes more steps is taken to have no end */

struct history_op;

struct thread {
	struct clock now;      /* what happens before its next step */
	struct clock acquired; /* what its next acquire fence adds to that */
	struct clock released; /* what its relaxed stores publish since its last release fence */
	struct history_op *op; /* the operation it is in, or NULL */
	const void *waits_for; /* the object it is blocked on, or NULL */
	uint32_t changed;      /* values changed by itself */
	uint32_t known;        /* values changed by others when it last paused */
	int id;
	int cpu;         /* of the model; -1: not needed yet */
	bool fenced;     /* made a release fence: released counts */
	bool held;       /* its next point is skipped */
	bool waited;     /* paused or blocked in its operation */
	bool stale;      /* read something old since it last paused */
	bool in_section; /* inside a restartable sequence */
	bool dependent;  /* its stores come after its loads, as in assembly with a branch between them */
	bool aborted;    /* the sequence must start over */
	jmp_buf context;
};

/* The thread that runs; NULL while nothing is explored. Then every hook does the plain
 * operation. */
extern struct thread *fibers_self;

/* Runs the bodies as threads to their end. On a failure it does not return: it jumps to where
 * fibers_fail jumps. */
void fibers_run(void (*const *bodies)(void), int n);

/* Reports whether p is on the stack of a thread. Such memory belongs to that thread alone. */
bool fibers_on_stack(const volatile void *p);

/* The threads of the run. */
struct thread *fibers_threads(int *n);

/* Any thread may run next. */
void fibers_point(void);

/* The next point of the running thread is skipped, because it has been passed already.
 * fibers_release undoes this. */
void fibers_hold(void);
void fibers_release(void);

/* The running thread cannot continue until another thread changes a value. */
void fibers_pause(void);

/* The running thread cannot continue until fibers_wake with the same object. */
void fibers_block(const void *object);

/* Wakes the threads that are blocked on the object: all, or one. False: there is none. */
bool fibers_wake(const void *object, bool all);

/* The running thread changed a value that others may be waiting for. */
void fibers_changed(void);

/* The program did something wrong. Ends the run. If fibers_on_fail has set a place, jumps there;
 * fibers_failure has the text. */
_Noreturn void fibers_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern jmp_buf fibers_on_fail;
extern char fibers_failure[1024];

#endif
