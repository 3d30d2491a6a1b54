/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls.h"

#include <stdlib.h>
#include <string.h>

#include "fibers.h"

/* Bounds that the linker makes; the variable is there so that the section is. */
extern char __start_explore_tls[], __stop_explore_tls[];
static char present[8] __attribute__((section("explore_tls"), used));

static struct tls initial, outside;
static _Alignas(64) struct tls own[CLOCK_THREADS + 1]; /* the last one: the main program's */

static size_t size(void)
{
	return (size_t)(__stop_explore_tls - __start_explore_tls);
}

static __attribute__((constructor)) void keep_initial(void)
{
	if (size() > TLS_BYTES)
		abort();
	memcpy(initial.bytes, __start_explore_tls, size());
	outside = initial;
}

void tls_clear(struct tls *t)
{
	*t = initial;
}

void tls_swap(struct tls *from, const struct tls *to)
{
	memcpy(from != NULL ? from->bytes : outside.bytes, __start_explore_tls, size());
	memcpy(__start_explore_tls, to != NULL ? to->bytes : outside.bytes, size());
}

void *tls_own(void *variable)
{
	size_t at = (size_t)((char *)variable - __start_explore_tls);
	return &own[fibers_self == NULL ? CLOCK_THREADS : fibers_self->id].bytes[at];
}

void tls_reset(void)
{
	memcpy(__start_explore_tls, initial.bytes, size());
	for (int i = 0; i <= CLOCK_THREADS; i++)
		tls_clear(&own[i]);
}

bool tls_has(const volatile void *p)
{
	const volatile char *c = p;
	return c >= __start_explore_tls && c < __stop_explore_tls;
}
