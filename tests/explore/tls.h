/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables of explored code. hooks.h puts them into a section of its own. Each thread has a
 * copy of the section; the copies are swapped when fibers are.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>

#define TLS_BYTES 256

struct tls {
	char bytes[TLS_BYTES];
};

/* As at the start of a thread. */
void tls_clear(struct tls *t);

/* Saves the variables' values in one and loads them from the other. NULL: the main program's. */
void tls_swap(struct tls *from, const struct tls *to);

/* For a thread-local variable whose address other threads may use: the running thread's own copy.
 * It is not swapped, so its address stays valid. The main program has a copy too. */
void *tls_own(void *variable);

/* Resets all those copies and the main program's variables to their values at the start of a
 * thread. Call it while nothing is explored. */
void tls_reset(void);

/* Reports whether this address is in a thread-local variable. */
bool tls_has(const volatile void *p);

#endif
