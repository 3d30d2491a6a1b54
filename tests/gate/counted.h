/* SPDX-License-Identifier: BSD-3-Clause */
/* What the counted programs share. A tool counts the instructions between the two marks. */
#ifndef COUNTED_H
#define COUNTED_H

#include <stdbool.h>
#include <stdint.h>

#include "loops.h"

/* The two marks. */
void count_pairs(loops_run *run, struct loops_thread *t, uint64_t pairs);
void count_done(void);

/* A strategy's loops, or NULL. */
const struct loops *counted_find(const char *name);

/* Sets what strategies find: rseq or not, and so many CPUs. Call it once. False: no thread could be
 * started. */
bool counted_start(const char *rseq, const char *cpus);

/* A runtime with so many ms. False: there is none, and *why has the reason. */
bool counted_fill(struct needm_runtime *rt, const struct extram_strategy *strategy, long ms, const char **why);

#endif
