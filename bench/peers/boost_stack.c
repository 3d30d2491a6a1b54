/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Boost.Lockfree's stack: a Treiber stack of its own nodes. Nodes come from a free list, which is
 * another such stack, or from the allocator if that is empty. A link has a 16-bit tag and a 48-bit
 * pointer.
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
