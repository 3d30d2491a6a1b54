/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the explored program: fibers of one real thread, switched only where their order can be observed, which is before each
 * atomic access, lock, wait, membarrier and instruction of a restartable sequence. Plain accesses are no such points: what their order
 * could change is a data race, which is reported as such.
 */
#ifndef FIBERS_H
#define FIBERS_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

#define FIBERS_STEPS 4000 /* a run that takes more has no end, as far as we can tell */

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
	bool held;       /* its next point is none */
	bool waited;     /* paused or blocked in its operation */
	bool stale;      /* read something old since it last paused */
	bool in_section; /* inside a restartable sequence */
	bool dependent;  /* its stores come after its loads, as in assembly with a branch between them */
	bool aborted;    /* the sequence must start over */
	jmp_buf context;
};

/* The thread that runs; NULL while nothing is explored: then every hook does the plain thing. */
extern struct thread *fibers_self;

/* Runs the bodies as threads to their end. Does not return, but goes to where fibers_fail goes, on a failure. */
void fibers_run(void (*const *bodies)(void), int n);

/* Is it on the stack of a thread? Those are nobody else's business. */
bool fibers_on_stack(const volatile void *p);

/* The threads of the run. */
struct thread *fibers_threads(int *n);

/* Anyone may run now. */
void fibers_point(void);

/* The next point of the running thread is none: it has been passed already. Taken back by fibers_release. */
void fibers_hold(void);
void fibers_release(void);

/* The running thread cannot go on until another one changes a value. */
void fibers_pause(void);

/* The running thread cannot go on until fibers_wake with the same object. */
void fibers_block(const void *object);

/* Lets a thread that is blocked on the object go on: all, or one of them. False: there is none. */
bool fibers_wake(const void *object, bool all);

/* The running thread changed a value that others may be waiting for. */
void fibers_changed(void);

/* The program did something wrong. Ends the run. Once set by fibers_on_fail, jumps there; the text is in fibers_failure. */
_Noreturn void fibers_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern jmp_buf fibers_on_fail;
extern char fibers_failure[1024];

#endif
