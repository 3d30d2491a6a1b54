/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of struct extram_bound without needm: a handler's m may stay bound to its thread. */
#include "clients.h"

static sigset_t block(void)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	return before;
}

static struct world_m *bare_get(bool in_handler, bool *put)
{
	bool last;
	struct world_m *p = world_own_get(&last);
	if (p != NULL)
		return p;
	sigset_t before = block();
	p = in_handler ? world_own_in_use() : NULL;
	*put = p == NULL;
	if (p == NULL)
		p = world_get(false, &last);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p;
}

static void bare_put(struct world_m *p)
{
	if (world_own_put(p))
		return;
	sigset_t before = block();
	world_put(p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static _Thread_local struct world_m *bare_m;

static void bare_pair(bool in_handler)
{
	bool put = true;
	struct world_m *p = bare_get(in_handler, &put);
	if (!in_handler)
		bare_m = p;
	client_use(p);
	if (!in_handler)
		bare_m = NULL;
	if (put)
		bare_put(p);
}

static void bare_handler(void)
{
	if (bare_m != NULL)
		client_use(bare_m);
	else
		bare_pair(true);
}

static void bare_pairs(void)
{
	world_on_signal(bare_handler);
	bare_pair(false);
	bare_pair(false);
	world_on_signal(NULL);
	world_thread_exit();
}

static void need_put_twice(void)
{
	client_put(client_need());
	client_put(client_need());
	world_thread_exit();
}

const struct client clients_bare[] = {
    {.name = "bare",
     .summary = "one m: two pairs of a thread with a signal handler, without needm; against two gets that wait",
     .parked = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {bare_pairs, need_put_twice}},
    {.name = NULL},
};
