/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hold and think times: a calibrated loop of random length, uniform between zero and twice the
 * mean, so that threads do not synchronize. Without it, one core would keep the cache line for long
 * runs and hide the contention.
 */
#ifndef BENCH_SPIN_H
#define BENCH_SPIN_H

#include <stdint.h>

/*
 * Rounds of spin_rounds in a microsecond: the median of the last SPIN_SAMPLES calibrations. A CPU
 * runs faster or slower for a while, and a disturbed sample is slow, so no single one counts. Valid
 * after spin_init.
 */
extern double spin_rounds_per_us;

#define SPIN_SAMPLES 101

/* Makes SPIN_SAMPLES calibrations, which take 20 to 50 ms. Call once, after clock_init. */
void spin_init(void);

/* Makes five more, so that a long run follows its machine. For between blocks. Takes 1 to 3 ms. */
void spin_follow(void);

/* Enters a calibration: rounds in a microsecond, above 0. spin_init and spin_follow call it. */
void spin_sample(double rounds_per_us);

/* The mean for spin_random that takes ns nanoseconds on average. */
uint32_t spin_mean(uint64_t ns);

/* 1, but the compiler does not know. */
extern const volatile uint64_t spin_one;

/*
 * Each round waits for the last one's multiplication, and the end of the loop for all of them. So
 * its time is that of the multiplier, about 4 cycles a round, and neither another thread on the
 * same core nor an overlap with the code around the loop changes it. A plain countdown takes twice
 * as long while the core is shared.
 */
static inline void spin_rounds(uint64_t rounds)
{
	const uint64_t one = spin_one;
	for (; rounds > 0; rounds = rounds * one - 1)
		__asm__ __volatile__("" : "+r"(rounds));
}

/* xorshift64 (G. Marsaglia, Xorshift RNGs, 2003). *state is not 0. */
static inline uint64_t spin_next(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x;
}

/* Uniform in [0, bound). */
static inline uint64_t spin_below(uint64_t *state, uint32_t bound)
{
	return ((spin_next(state) >> 32) * bound) >> 32;
}

static inline void spin_random(uint64_t *state, uint32_t mean)
{
	spin_rounds(spin_below(state, 2 * mean));
}

#endif
