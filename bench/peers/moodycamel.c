/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cameron Desrochers' ConcurrentQueue, with a producer and a consumer token for each thread. Each
 * producer has a queue, and consumers visit the queues in turn.
 *
 * A get visits each queue once, so it can miss an m that is put into a queue it has already
 * visited. Only another visit could tell whether a get left all queues empty, so there is no last
 * flag.
 */
#define CONTAINER(verb) moodycamel_##verb
#include "container.h"

/* The thread's tokens can be another's. */
void moodycamel_leave(void *container);

static void thread_exit(struct extram_list *list)
{
	moodycamel_leave(((struct list *)list)->container);
}

const struct extram_strategy extram_moodycamel = {
    .name = "moodycamel",
    .summary = "moodycamel's ConcurrentQueue with tokens: a queue per producer",
    .properties = EXTRAM_NO_LAST | EXTRAM_MAY_MISS,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
