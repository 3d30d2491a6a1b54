/* SPDX-License-Identifier: BSD-3-Clause */
/* What interrupts the threads of a test: a timer's signals, and another thread that moves them from CPU to CPU. */
#ifndef STORM_H
#define STORM_H

#include <time.h>

#include "../crew.h"

/*
 * From here until storm_leave the calling thread is interrupted every 0.05 to 0.6 ms; the handler calls that function with that id.
 * The next signal is set when the handler ends, so the thread gets on however slow the machine is.
 */
void storm_enter(unsigned id, void (*handler)(unsigned id));
void storm_leave(void);

/* Sends one thread of the crew to a CPU, or lets it go, then sleeps a while. CPUs that have gone offline are passed over. */
void storm_blow(struct worker *w, struct worker *crew);

struct timespec storm_in(unsigned milliseconds);
bool storm_over(const struct timespec *end);

/* How often, so far. */
uint64_t storm_signals(void);
uint64_t storm_moves(void);

#endif
