/* SPDX-License-Identifier: BSD-3-Clause */
/* The history of a run, for the explorer's judge. That it is written takes no simulated time. */
#ifndef RECORDED_H
#define RECORDED_H

#include <stdbool.h>

#define RECORDED_NONE (-1) /* instead of the number of an m: NULL */

void recorded_reset(void);

/* The thread calls an operation; m: of a put. Returns its number, for its answer. */
unsigned recorded_get(int thread);
unsigned recorded_put(int thread, int m);
unsigned recorded_exit(int thread);

/* It returns, and its stores are in memory. m: of a get. */
void recorded_answer(unsigned op, int m, bool last);

#endif
