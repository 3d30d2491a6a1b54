/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A strategy that records. The measured loops are compiled with it, and with a made-up clock, hold
 * and think. Each of these takes a known time, so the loops' samples are known too.
 */
#ifndef TESTS_BENCH_RECORDING_H
#define TESTS_BENCH_RECORDING_H

#include "loops.h"

enum recording_what { RECORDING_GET, RECORDING_PUT, RECORDING_SPIN, RECORDING_PLANT, RECORDING_BEGIN, RECORDING_END };

/* Ticks. */
#define RECORDING_GET_TAKES 30
#define RECORDING_PUT_TAKES 70

struct recording_event {
	enum recording_what what;
	uint64_t amount; /* the mean of a spin, the rounds of planted work */
};

#define RECORDING_ROOM 100000

struct recording {
	struct recording_event event[RECORDING_ROOM];
	uint32_t count;
	uint64_t now; /* ticks */
};
extern struct recording recording;

/* Records what the loops do. spin and plant take as many ticks as the amount says. */
void recording_add(enum recording_what what, uint64_t amount, uint64_t ticks);

extern const struct extram_strategy extram_recording;
extern const struct loops loops_recording;

#endif
