/* SPDX-License-Identifier: BSD-3-Clause */
/* What a Go library built from this folder has for a C program: an exported function to call, and
 * the length of its list. */
#ifndef EXTRAM_GO_CALLBACK_H
#define EXTRAM_GO_CALLBACK_H

#include <stdint.h>

/* What a callback that is not empty does: back in C. */
typedef void extram_go_inside(void *arg);

/*
 * Set once the runtime is up. Reading the length must not be a callback: that would borrow an m,
 * and a list that held one would then hold two.
 */
struct extram_go_facts {
	const uint32_t *length; /* ms on the runtime's list; to be read when no thread is in a callback */
	uint32_t procs;         /* GOMAXPROCS */
};

/* Waits until the runtime is up, which starts in a thread of its own when the library is loaded. */
struct extram_go_facts extram_go_ready(void);

/* Called by Go's init, once. */
void extram_go_publish(const uint32_t *length, uint32_t procs);

/* For Go, which cannot call a pointer to a function. */
void extram_go_enter(extram_go_inside *inside, void *arg);

#endif
