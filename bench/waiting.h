/* SPDX-License-Identifier: BSD-3-Clause */
/* The strategies once more for each way to wait: extram.h's EXTRAM_WAIT is chosen when a strategy is compiled. */
#ifndef BENCH_WAITING_H
#define BENCH_WAITING_H

#include "extram.h"

enum waiting { WAITING_POLL, WAITING_BACKOFF, WAITING_FUTEX, WAITING_WAYS };

const char *waiting_name(enum waiting waiting);

/* The strategy of that name as it waits that way. NULL: it waits its own way, and has no other; or there is none of that name. */
const struct extram_strategy *waiting_strategy(const char *name, enum waiting waiting);

#endif
