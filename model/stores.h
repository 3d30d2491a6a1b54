/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Store buffers: a thread goes on while its stores wait for their lines. They reach memory in the
 * order of the program. Before that, only the thread itself reads them.
 */
#ifndef MODEL_STORES_H
#define MODEL_STORES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim.h"

/* Forgets all stores. */
void stores_reset(void);

/* The running thread stores; it stalls if its buffer is full, unless it is in a sequence. plain:
 * the value is in memory already; only its line is waited for. */
void stores_put(const struct sim_access *a, bool plain);

/* Waits until all stores of the running thread are in memory. */
void stores_wait(void);

/* Makes the stores of a thread visible now, as an interrupt or a switch to another thread does.
 * Their lines still come later. */
void stores_show(uint32_t thread);

/* Fills a load of the running thread if its own stores have the value. A load that overlaps with
 * one in another way waits until they are in memory. plain: the program itself reads memory. */
bool stores_forward(struct sim_access *load, bool plain);

/* For EVENTS_STORE: the oldest stores of a thread, whose lines have come. */
void stores_drain(uint32_t thread, uint64_t at);

#endif
