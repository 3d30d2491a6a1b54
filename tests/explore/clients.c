/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small programs over a list: a few operations per thread, chosen so that an error needs few
 * preemptions to show.
 *
 * An owner writes to its m. A thread that ends calls thread_exit.
 */
#include "world.h"

static struct world_m *get(bool nilokay, bool *last)
{
	struct world_m *p = world_get(nilokay, last);
	if (p == NULL)
		return NULL;
	if (p->stamp != world_stamp(p))
		world_fail("an m came without what its last owner wrote");
	p->stamp = world_new_stamp(p);
	return p;
}

static struct world_m *try_get(void)
{
	bool last;
	return get(true, &last);
}

static struct world_m *need(void)
{
	bool last;
	return get(false, &last);
}

static void put(struct world_m *p)
{
	if (p != NULL)
		world_put(p);
}

static void put_fresh(void)
{
	struct world_m *p = world_fresh();
	p->stamp = world_new_stamp(p);
	world_put(p);
}

/* An order between threads that no operation on the list makes. Trying it costs no preemption. */
static void come_to(uint32_t stage)
{
	/* release: pairs with the acquire in wait_for. */
	atomic_store_explicit(world_stage(), stage, memory_order_release);
}

static void wait_for(uint32_t stage)
{
	/* acquire: pairs with the release in come_to. */
	while (atomic_load_explicit(world_stage(), memory_order_acquire) < stage)
		EXTRAM_YIELD();
}

static void get_put(void)
{
	put(try_get());
	world_thread_exit();
}

static void get_twice(void)
{
	struct world_m *a = try_get(), *b = try_get();
	put(a);
	put(b);
	world_thread_exit();
}

static void get_put_length(void)
{
	put(try_get());
	world_length();
	world_thread_exit();
}

static void length_get(void)
{
	world_length();
	put(try_get());
	world_length();
	world_thread_exit();
}

static void try_then_put_fresh(void)
{
	put(try_get());
	put_fresh();
	world_thread_exit();
}

static void wait_then_put(void)
{
	put(need());
	world_thread_exit();
}

static void put_two(void)
{
	put_fresh();
	put_fresh();
	world_thread_exit();
}

static void get_put_get_twice(void)
{
	put(try_get());
	get_twice();
}

static void get_put_get(void)
{
	put(try_get());
	try_get();
	world_thread_exit();
}

static void get_put_get_put(void)
{
	put(try_get());
	get_put();
}

static void wait_then_put_twice(void)
{
	put(need());
	wait_then_put();
}

static void just_get(void)
{
	try_get();
	world_thread_exit();
}

static void get_two_keep(void)
{
	try_get();
	try_get();
	world_thread_exit();
}

static void just_need(void)
{
	need();
	world_thread_exit();
}

/* Makes an m only when there is a waiter. */
static void serve_waiter(void)
{
	while (extram_waiters(world_list()) == 0)
		EXTRAM_YIELD();
	world_taken(extram_take_waiters(world_list()));
	put_fresh();
	world_thread_exit();
}

/* A callback, which pays the refill that it owes. Go: newextram, called with needextram or
 * waiters. */
static struct world_m *callback(void)
{
	bool last;
	struct world_m *p = get(false, &last);
	if (last || extram_waiters(world_list()) > 0) {
		uint32_t c = extram_take_waiters(world_list());
		world_taken(c);
		for (uint32_t i = 0; i < c; i++)
			put_fresh();
		if (c == 0 && world_length() == 0)
			put_fresh();
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
	put(callback());
	take_and_refill();
}

/* Lets other threads go first, among them the one that waits for this. */
static void hand_over(uint32_t stage)
{
	come_to(stage);
	wait_for(stage + 1);
}

/*
 * Three threads that go together. The first two take turns with two ms. Once the third one gets,
 * there is always an m parked. But a thread that looks at the ms one by one, even twice, may find
 * each of them in use.
 */
static void turns_first(void)
{
	struct world_m *p = try_get();
	come_to(1);
	wait_for(3);
	put(p);
	hand_over(4);
	hand_over(6);
	p = try_get();
	hand_over(8);
	put(p);
	come_to(10);
	world_thread_exit();
}

static void turns_second(void)
{
	wait_for(1);
	put(try_get());
	come_to(2);
	wait_for(4);
	struct world_m *p = try_get();
	hand_over(5);
	put(p);
	hand_over(7);
	hand_over(9);
	just_get();
}

static void get_meanwhile(void)
{
	wait_for(2);
	come_to(3);
	just_get();
}

const struct client clients[] = {
    {.name = "aba",
     .summary = "get two, put two in the other order; against get, put",
     .parked = 2,
     .threads = 2,
     .bodies = {get_twice, get_put}},
    {.name = "one", .summary = "one m, two threads, length between", .parked = 1, .threads = 2, .bodies = {get_put_length, length_get}},
    {.name = "empty",
     .summary = "empty list: a get that may fail and a new m; against a get that waits",
     .waiting = true,
     .threads = 2,
     .bodies = {try_then_put_fresh, wait_then_put}},
    {.name = "again",
     .summary = "get, put, get two, put two; against get, put; three ms",
     .parked = 3,
     .threads = 2,
     .bodies = {get_put_get_twice, get_put}},
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
    {.name = "mix", .summary = "three threads get and put, two ms", .parked = 2, .threads = 3, .bodies = {get_put, get_put, get_put}},
    {.name = "back",
     .summary = "one m: get, put, get, put; against get, put",
     .parked = 1,
     .threads = 2,
     .bodies = {get_put_get_put, get_put}},
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
     .bodies = {get_put, get_put_get, just_get}},
    {.name = "around",
     .summary = "two ms, of which two threads in turn put one and then take the other; against a get. Only by name",
     .parked = 2,
     .by_name = true,
     .threads = 3,
     .bodies = {turns_first, turns_second, get_meanwhile}},
    {.name = NULL},
};
