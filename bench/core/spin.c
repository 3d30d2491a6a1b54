/* SPDX-License-Identifier: BSD-3-Clause */
#include "spin.h"

#include <string.h>

#include "clock.h"
#include "median.h"

#define ROUNDS 250000
#define FOLLOW 5

const volatile uint64_t spin_one = 1;
double spin_rounds_per_us;

static double samples[SPIN_SAMPLES]; /* a ring */
static uint32_t sampled;             /* samples so far */

void spin_sample(double rounds_per_us)
{
	double sorted[SPIN_SAMPLES];
	samples[sampled++ % SPIN_SAMPLES] = rounds_per_us;
	uint32_t n = sampled < SPIN_SAMPLES ? sampled : SPIN_SAMPLES;
	memcpy(sorted, samples, n * sizeof(sorted[0]));
	spin_rounds_per_us = median_sort(sorted, n);
}

static void calibrate(int times)
{
	for (int i = 0; i < times; i++) {
		uint64_t begin = clock_begin();
		spin_rounds(ROUNDS);
		spin_sample(ROUNDS / (clock_ns(clock_end() - begin) / 1000));
	}
}

void spin_init(void)
{
	calibrate(SPIN_SAMPLES);
}

void spin_follow(void)
{
	calibrate(FOLLOW);
}

uint32_t spin_mean(uint64_t ns)
{
	double rounds = (double)ns * spin_rounds_per_us / 1000;
	return rounds < INT32_MAX ? (uint32_t)(rounds + 0.5) : INT32_MAX;
}
