/* SPDX-License-Identifier: BSD-3-Clause */
/* Without libpfm4 nothing is counted: counters_new always refuses, and nobody calls the rest. */
#include "counters.h"

#include <math.h>
#include <stddef.h>

const struct counters *counters_in_use;

struct counters *counters_new(const char *events, const char **why, bool *unknown)
{
	(void)events;
	*why = "built without libpfm4 (Debian: libpfm4-dev)";
	*unknown = false;
	return NULL;
}

void counters_free(struct counters *c)
{
	(void)c;
}

const char *counters_names(const struct counters *c)
{
	(void)c;
	return "";
}

uint32_t counters_find(const struct counters *c, enum counters_role role, uint32_t n)
{
	(void)c;
	(void)role;
	(void)n;
	return COUNTERS_MOST;
}

bool counters_with_kernel(const struct counters *c)
{
	(void)c;
	return false;
}

bool counters_open(const struct counters *c, struct counters_thread *t)
{
	(void)c;
	t->count = 0;
	return false;
}

void counters_start(const struct counters_thread *t)
{
	(void)t;
}

void counters_stop(const struct counters_thread *t)
{
	(void)t;
}

void counters_take(struct counters_thread *t, struct counters_total *total)
{
	(void)t;
	(void)total;
}

double counters_sum(const struct counters_total *total, uint32_t index)
{
	(void)total;
	(void)index;
	return NAN;
}

double counters_share(const struct counters_total *total)
{
	(void)total;
	return NAN;
}
