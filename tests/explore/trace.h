/* SPDX-License-Identifier: BSD-3-Clause */
/* Readable names of places in memory, of code, and of accesses. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True: every access is printed. */
extern bool trace_on;

/* Gives a name to that many bytes, until trace_forget. Keeps the pointer to the name. */
void trace_name(const void *p, size_t bytes, const char *name);
void trace_forget(void);

/* name+offset */
void trace_place(char *text, size_t size, const volatile void *p);

/* function at file:line, where a symbolizer is installed */
void trace_site(char *text, size_t size, const void *site);

/* The running thread's access; old: how many newer stores there were. */
void trace_print(const char *what, const volatile void *p, int order, uint64_t value, int old);

static inline void trace_access(const char *what, const volatile void *p, int order, uint64_t value, int old)
{
	if (__builtin_expect(trace_on, 0))
		trace_print(what, p, order, value, old);
}

#endif
