/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H

#include <stdint.h>

/* A run begins. ps: what the instructions before each access take. A thread that still runs at that
 * end waits for what never comes: the run fails. */
void access_reset(uint64_t ps, uint64_t end);

/* The accesses of all threads since then, plain ones included. */
uint64_t access_count(void);

#endif
