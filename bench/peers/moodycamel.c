/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cameron Desrochers' ConcurrentQueue, with a producer and a consumer token for each thread: a queue for each producer, which consumers
 * visit in turn.
 *
 * A get goes round the queues once, so it misses what is put behind its back. Whether a get left nothing anywhere, only another round
 * could tell.
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
