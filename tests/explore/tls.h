/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thread-local variables of explored code. hooks.h turns _Thread_local into a section of its own, which each thread has a copy of; the
 * copies are swapped when fibers are.
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

/* Keeps the variables' values in one and takes them from the other. NULL: the main program's. */
void tls_swap(struct tls *from, const struct tls *to);

/*
 * For a thread-local variable whose address other threads may use: the running thread's own copy, which is not swapped and so stays
 * where it is. The main program has one, too.
 */
void *tls_own(void *variable);

/* All of those, and the main program's variables, as at the start of a thread. While nothing is explored. */
void tls_reset(void);

/* Is this address a thread-local variable? */
bool tls_has(const volatile void *p);

#endif
