/* SPDX-License-Identifier: BSD-3-Clause */
/* For the tests in which another thread takes a bound m. A strategy without struct extram_bound
 * takes none, and these tests skip it. */
#ifndef TAKEN_H
#define TAKEN_H

#include <semaphore.h>

#include "needm_test.h"

/* A thread that makes one callback. It stays in it, and makes no refill. */
struct holder {
	struct world *t;
	struct worker *crew;
	struct needm_m *mp; /* what it got */
	stack_t stack;      /* its alternate signal stack in the callback */
	sem_t go, done;
};

/* Starts the thread, and does not wait until it has an m. */
void holder_begin(struct holder *h, struct world *t);

/* Waits until it has one. */
void holder_wait(struct holder *h);

/* Both. */
void holder_start(struct holder *h, struct world *t);

/* It ends the callback. Its m is idle. */
void holder_leave(struct holder *h);

/* The thread ends, after holder_leave or not. */
void holder_end(struct holder *h);

/* The calling thread has made a callback, and there is one more m. */
struct taken {
	struct world t;
	struct needm_m *first; /* that was bound to the calling thread */
	stack_t stack;         /* the thread's own alternate stack, mask and mask in a callback */
	uint64_t mask, inside;
	struct holder of_first, of_other;
};

/* The thread has no alternate stack, unless it gives one. False: the strategy is skipped. */
bool taken_begin(struct taken *p, void **state, const char *test, const stack_t *stack);

/* Two threads take both ms. */
void taken_take(struct taken *p);

/* The thread gives back what it has; all others have ended. Checks that all is as it was. */
void taken_end(struct taken *p);

/* The thread is in a callback. Its m says what it must. */
void taken_check_m(struct taken *p, struct needm_m *mp);

#endif
