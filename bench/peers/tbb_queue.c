/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * oneTBB's concurrent_queue: eight queues of pages. Each operation draws a ticket for one of them
 * and waits for its turn there. Pages are allocated as needed.
 */
#define CONTAINER(verb) tbb_queue_##verb
#include "container.h"

const struct extram_strategy extram_tbb_queue = {
    .name = "tbb_queue",
    .summary = "oneTBB's concurrent_queue",
    .properties = 0,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
