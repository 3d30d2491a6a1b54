/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens at which time: the queue of a discrete-event simulation. Events of one time come in
 * the order in which they were added, so a run is the same each time.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Times are picoseconds since the run began. */
#define EVENTS_NS UINT64_C(1000)
#define EVENTS_NEVER UINT64_MAX

enum events_kind {
	EVENTS_CPU,   /* the CPU's thread goes on */
	EVENTS_LINE,  /* a line is passed on, if one who asked for it can have it */
	EVENTS_STORE, /* the oldest buffered stores of a thread reach memory */
	EVENTS_TIMER, /* a thread's sleep ends */
};

struct events_event {
	uint64_t at;
	uint64_t added; /* how many were added before it */
	enum events_kind kind;
	uint32_t who; /* the number of the CPU, line or thread */
};

/* Forgets all events. */
void events_reset(void);

/* Fails the run if the time is before that of the last event. */
void events_add(uint64_t at, enum events_kind kind, uint32_t who);

/* The time of the next event, or EVENTS_NEVER. */
uint64_t events_time(void);

/* Removes and returns the next event. There must be one: see events_time. */
struct events_event events_next(void);

#endif
