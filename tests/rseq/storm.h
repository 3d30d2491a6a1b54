/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts the threads of a test: a timer sends signals, and another thread moves them from CPU
 * to CPU. */
#ifndef STORM_H
#define STORM_H

#include <time.h>

#include "crew.h"

/*
 * Until storm_leave, interrupts the calling thread every 0.05 to 0.6 ms; the handler calls that
 * function with that id. The next signal is set when the handler ends, so the thread makes progress
 * however slow the machine is.
 */
void storm_enter(unsigned id, void (*handler)(unsigned id));
void storm_leave(void);

/* Sends one thread of the crew to a CPU, or lets it go, then sleeps a while. Skips CPUs that are
 * offline. */
void storm_blow(struct worker *w, struct worker *crew);

struct timespec storm_in(unsigned milliseconds);
bool storm_over(const struct timespec *end);

/* How often each happened so far. */
uint64_t storm_signals(void);
uint64_t storm_moves(void);

#endif
