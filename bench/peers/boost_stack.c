/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boost.Lockfree's stack: Treiber's over nodes of its own, which come from a free list, another such stack, and from the allocator when
 * that is empty. Links have a tag of 16 bits beside a pointer of 48.
 */
#define CONTAINER(verb) boost_stack_##verb
#include "container.h"

const struct extram_strategy extram_boost_stack = {
    .name = "boost_stack",
    .summary = "Boost.Lockfree's stack, over nodes of its own",
    .properties = EXTRAM_LIFO | EXTRAM_NO_LENGTH,
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
