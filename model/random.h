/* SPDX-License-Identifier: BSD-3-Clause */
/* Draws, the same for the same seed. Source: splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
#ifndef MODEL_RANDOM_H
#define MODEL_RANDOM_H

#include <stdint.h>

/* Any value is a seed, and becomes the state. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* From low to high, both included. */
static inline uint64_t random_between(uint64_t *state, uint64_t low, uint64_t high)
{
	return low + random_next(state) % (high - low + 1);
}

#endif
