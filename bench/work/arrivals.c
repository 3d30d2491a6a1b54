/* SPDX-License-Identifier: BSD-3-Clause */
#include "arrivals.h"

#include <math.h>

#include "spin.h"

/* Uniform in (0, 1]. */
static double uniform(uint64_t *random)
{
	return (double)((spin_next(random) >> 11) + 1) * 0x1p-53;
}

static double gap_of(struct arrivals *a)
{
	return a->poisson ? -log(uniform(&a->random)) * a->gap : a->gap;
}

void arrivals_init(struct arrivals *a, double gap, bool poisson, uint64_t seed)
{
	*a = (struct arrivals){.gap = gap, .poisson = poisson, .random = seed};
	a->next = poisson ? gap_of(a) : uniform(&a->random) * gap;
}

double arrivals_next(struct arrivals *a)
{
	double due = a->next;
	a->next += gap_of(a);
	return due;
}
