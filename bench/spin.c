/* SPDX-License-Identifier: BSD-3-Clause */
#include "spin.h"

#include "clock.h"

#define ROUNDS 1000000

double spin_rounds_per_us;

/* The fastest of a few, since disturbances only slow it down. */
void spin_init(void)
{
	for (int i = 0; i < 20; i++) {
		uint64_t begin = clock_begin();
		spin_rounds(ROUNDS);
		double us = clock_ns(clock_end() - begin) / 1000;
		if (ROUNDS / us > spin_rounds_per_us)
			spin_rounds_per_us = ROUNDS / us;
	}
}

uint32_t spin_mean(uint64_t ns)
{
	double rounds = (double)ns * spin_rounds_per_us / 1000;
	return rounds < INT32_MAX ? (uint32_t)(rounds + 0.5) : INT32_MAX;
}
