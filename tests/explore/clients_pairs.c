/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that use one list, and end. */
#include "clients.h"

static void get_twice(void)
{
	struct world_m *a = client_try_get(), *b = client_try_get();
	client_put(a);
	client_put(b);
	world_thread_exit();
}

static void get_put_length(void)
{
	client_put(client_try_get());
	world_length();
	world_thread_exit();
}

static void try_then_put_fresh(void)
{
	client_put(client_try_get());
	client_put_fresh();
	world_thread_exit();
}

static void wait_then_put(void)
{
	client_put(client_need());
	world_thread_exit();
}

static void put_two(void)
{
	client_put_fresh();
	client_put_fresh();
	world_thread_exit();
}

static void get_put_get_twice(void)
{
	client_put(client_try_get());
	get_twice();
}

static void get_put_get(void)
{
	client_put(client_try_get());
	client_try_get();
	world_thread_exit();
}

static void get_put_get_put(void)
{
	client_put(client_try_get());
	client_get_put();
}

static void wait_then_put_twice(void)
{
	client_put(client_need());
	wait_then_put();
}

static void just_get(void)
{
	client_try_get();
	world_thread_exit();
}

static void get_two_keep(void)
{
	client_try_get();
	client_try_get();
	world_thread_exit();
}

static void just_need(void)
{
	client_need();
	world_thread_exit();
}

static void need_two_keep(void)
{
	client_need();
	client_need();
	world_thread_exit();
}

/* Makes an m only when there is a waiter. */
static void serve_waiter(void)
{
	while (extram_waiters(world_list()) == 0)
		EXTRAM_YIELD();
	world_taken(extram_take_waiters(world_list()));
	client_put_fresh();
	world_thread_exit();
}

/* A callback, which pays the refill that it owes. Go: newextram, called with needextram or
 * waiters. */
static struct world_m *callback(void)
{
	bool last;
	struct world_m *p = client_get(false, &last);
	if (last || extram_waiters(world_list()) > 0) {
		uint32_t c = extram_take_waiters(world_list());
		world_taken(c);
		for (uint32_t i = 0; i < c; i++)
			client_put_fresh();
		if (c == 0 && world_length() == 0)
			client_put_fresh();
	}
	return p;
}

/* The callback never ends and keeps its m. */
static void take_and_refill(void)
{
	callback();
	world_thread_exit();
}

/* The second callback begins with what the thread keeps or caches of the first. */
static void callback_then_take_and_refill(void)
{
	client_put(callback());
	take_and_refill();
}

/* Lets other threads go first, among them the one that waits for this. */
static void hand_over(uint32_t stage)
{
	client_come_to(stage);
	client_wait_for(stage + 1);
}

/*
 * Three threads that go together. The first two take turns with two ms. Once the third one gets,
 * there is always an m parked. But a thread that looks at the ms one by one, even twice, may find
 * each of them in use.
 */
static void turns_first(void)
{
	struct world_m *p = client_try_get();
	client_come_to(1);
	client_wait_for(3);
	client_put(p);
	hand_over(4);
	hand_over(6);
	p = client_try_get();
	hand_over(8);
	client_put(p);
	client_come_to(10);
	world_thread_exit();
}

static void turns_second(void)
{
	client_wait_for(1);
	client_put(client_try_get());
	client_come_to(2);
	client_wait_for(4);
	struct world_m *p = client_try_get();
	hand_over(5);
	client_put(p);
	hand_over(7);
	hand_over(9);
	just_get();
}

static void get_meanwhile(void)
{
	client_wait_for(2);
	client_come_to(3);
	just_get();
}

static const struct client clients[] = {
    {.name = "aba",
     .summary = "get two, put two in the other order; against get, put",
     .parked = 2,
     .threads = 2,
     .bodies = {get_twice, client_get_put}},
    {.name = "one",
     .summary = "one m, two threads, length between",
     .parked = 1,
     .threads = 2,
     .bodies = {get_put_length, client_length_get}},
    {.name = "empty",
     .summary = "empty list: a get that may fail and a new m; against a get that waits",
     .waiting = true,
     .threads = 2,
     .bodies = {try_then_put_fresh, wait_then_put}},
    {.name = "again",
     .summary = "get, put, get two, put two; against get, put; three ms",
     .parked = 3,
     .threads = 2,
     .bodies = {get_put_get_twice, client_get_put}},
    {.name = "waiter",
     .summary = "an empty list: a get that waits; against who makes an m when a waiter is counted",
     .waiting = true,
     .threads = 2,
     .bodies = {just_need, serve_waiter}},
    {.name = "sleepers",
     .summary = "an empty list: two gets that wait; against two new ms",
     .waiting = true,
     .threads = 3,
     .bodies = {just_need, just_need, put_two}},
    {.name = "swap",
     .summary = "get, put, get, three ms; against the same",
     .parked = 3,
     .threads = 2,
     .bodies = {get_put_get, get_put_get}},
    {.name = "rob", .summary = "four ms: get; against get, get", .parked = 4, .threads = 2, .bodies = {just_get, get_two_keep}},
    {.name = "chain",
     .summary = "two new ms; against two getters: the lower m's contents come through the upper one's getter",
     .threads = 3,
     .bodies = {put_two, just_get, just_get}},
    {.name = "refill",
     .summary = "two callbacks that never end, one m: who takes the last one makes another",
     .parked = 1,
     .waiting = true,
     .refilled = true,
     .threads = 2,
     .bodies = {take_and_refill, take_and_refill}},
    {.name = "drain",
     .summary = "the same with two ms",
     .parked = 2,
     .waiting = true,
     .refilled = true,
     .threads = 2,
     .bodies = {take_and_refill, take_and_refill}},
    {.name = "burst",
     .summary = "three callbacks that never end, two ms",
     .parked = 2,
     .waiting = true,
     .refilled = true,
     .threads = 3,
     .bodies = {take_and_refill, take_and_refill, take_and_refill}},
    {.name = "mix",
     .summary = "three threads get and put, two ms",
     .parked = 2,
     .threads = 3,
     .bodies = {client_get_put, client_get_put, client_get_put}},
    {.name = "back",
     .summary = "one m: get, put, get, put; against get, put",
     .parked = 1,
     .threads = 2,
     .bodies = {get_put_get_put, client_get_put}},
    {.name = "turns",
     .summary = "one m, and gets that wait for it: two pairs; against one",
     .parked = 1,
     .threads = 2,
     .bodies = {wait_then_put_twice, wait_then_put}},
    {.name = "later",
     .summary = "a callback, and then one that never ends; against one that never ends; two ms",
     .parked = 2,
     .refilled = true,
     .threads = 2,
     .bodies = {callback_then_take_and_refill, take_and_refill}},
    {.name = "moved",
     .summary = "two ms, never both taken after the first get: one is put back, then the other one taken; against a get",
     .parked = 2,
     .threads = 3,
     .bodies = {client_get_put, get_put_get, just_get}},
    {.name = "needs-two",
     .summary = "two ms: get, put; against a thread that waits for one and then for the other",
     .parked = 2,
     .waiting = true,
     .threads = 2,
     .bodies = {client_get_put, need_two_keep}},
    {.name = "around",
     .summary = "two ms, of which two threads in turn put one and then take the other; against a get. Only by name",
     .parked = 2,
     .by_name = true,
     .threads = 3,
     .bodies = {turns_first, turns_second, get_meanwhile}},
    {.name = NULL},
};

const struct client *clients_nth(int i)
{
	static const struct client *const all[] = {clients, clients_apart, clients_signals, clients_bare};
	for (unsigned k = 0; k < sizeof(all) / sizeof(all[0]); k++)
		for (const struct client *c = all[k]; c->name != NULL; c++)
			if (i-- == 0)
				return c;
	return NULL;
}
