/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strategies compiled once for each way to wait, since EXTRAM_WAIT of wait.h is chosen at compile
 * time.
 */
#ifndef BENCH_WAITING_H
#define BENCH_WAITING_H

#include "extram.h"

enum waiting { WAITING_POLL, WAITING_BACKOFF, WAITING_FUTEX, WAITING_WAYS };

/*
 * The strategy of that name, compiled for that way to wait. NULL: it has only its own way, or there
 * is no such strategy.
 */
const struct extram_strategy *waiting_strategy(const char *name, enum waiting waiting);

#endif
