/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that use two lists, that admit ms, and that stay until others are served. */
#include "clients.h"

/* On the other list, and back. */
static void on_other(void (*body)(void))
{
	world_use(1);
	body();
	world_use(0);
}

static void pair(void)
{
	client_put(client_try_get());
}

/* The hint, the number or the record of the first list's newest m goes along to the other list. */
static void newest_then_other(void)
{
	client_put_fresh();
	on_other(pair);
	pair();
	on_other(pair);
	world_thread_exit();
}

static void both_lists(void)
{
	pair();
	on_other(pair);
	world_thread_exit();
}

static void needed_pair(void)
{
	client_put(client_need());
}

static void admit_fresh(void)
{
	struct world_m *p = world_fresh();
	world_admit(p);
	p->stamp = world_new_stamp(p);
	world_put(p);
}

static void admit_get_put(void)
{
	admit_fresh();
	client_get_put();
}

static void admit_two(void)
{
	admit_fresh();
	admit_fresh();
	world_thread_exit();
}

/* What a thread keeps until thread_exit, it gives back here: the others may wait for it. */
static void park(struct world_m *p)
{
	client_put(p);
	world_settle();
}

static void pass_stage(void)
{
	/* acq_rel: pairs with itself and with wait_for in the other threads. */
	atomic_fetch_add_explicit(world_stage(), 1, memory_order_acq_rel);
}

static void until_waiting(uint32_t n)
{
	while (extram_waiters(world_list()) < n)
		EXTRAM_YIELD();
}

/* Has two ms, one of which may be bound, puts both when two threads wait, and ends when both are
 * served. */
static void hold_two_and_stay(void)
{
	struct world_m *a = client_need(), *b = client_need();
	pass_stage();
	until_waiting(2);
	park(b);
	park(a);
	client_wait_for(3);
	world_thread_exit();
}

static void wait_and_hold_after_one(void)
{
	client_wait_for(1);
	client_need();
	pass_stage();
	client_wait_for(3);
	world_thread_exit();
}

/* Two such threads: each has an m before any of them puts one. */
static void hold_one_and_stay(void)
{
	struct world_m *p = client_need();
	pass_stage();
	client_wait_for(2);
	until_waiting(2);
	park(p);
	client_wait_for(4);
	world_thread_exit();
}

static void wait_and_hold_after_two(void)
{
	client_wait_for(2);
	client_need();
	pass_stage();
	client_wait_for(4);
	world_thread_exit();
}

/* The first m that it puts may wake a waiter, and it takes that m back. */
static void put_in_vain_and_stay(void)
{
	struct world_m *a = client_need(), *b = client_need();
	pass_stage();
	until_waiting(2);
	park(b);
	b = client_try_get();
	park(a);
	if (b != NULL)
		park(b);
	client_wait_for(3);
	world_thread_exit();
}

/* Each thread may have an m of one list bound, and needs one of the other, which the other thread
 * may have bound. No thread ends before both had one. */
static void first_then_other_and_stay(void)
{
	needed_pair();
	world_settle();
	pass_stage();
	client_wait_for(2);
	on_other(needed_pair);
	world_settle();
	pass_stage();
	client_wait_for(4);
	world_thread_exit();
}

static void other_then_first_and_stay(void)
{
	on_other(needed_pair);
	world_settle();
	pass_stage();
	client_wait_for(2);
	needed_pair();
	world_settle();
	pass_stage();
	client_wait_for(4);
	world_thread_exit();
}

const struct client clients_apart[] = {
    {.name = "lists",
     .summary = "two lists, of five ms and of one: a new m on the first, pairs on both; against pairs on both",
     .parked = 5,
     .other = 1,
     .threads = 2,
     .bodies = {newest_then_other, both_lists}},
    {.name = "crossed",
     .summary = "two lists: a thread has used the first and needs the other; against the opposite; both stay",
     .parked = 2,
     .other = 2,
     .waiting = true,
     .threads = 2,
     .bodies = {first_then_other_and_stay, other_then_first_and_stay}},
    {.name = "admits",
     .summary = "the first ms of a list: two are admitted and put; against one more, and get, put",
     .late = WORLD_MS,
     .threads = 2,
     .bodies = {admit_two, admit_get_put}},
    {.name = "grows",
     .summary = "two ms: two more are admitted and put; against get, put, length",
     .parked = 2,
     .late = WORLD_MS - 2,
     .threads = 3,
     .bodies = {admit_two, client_get_put, client_length_get}},
    {.name = "stays",
     .summary = "two ms of a thread that stays; against two gets that wait",
     .parked = 2,
     .waiting = true,
     .threads = 3,
     .bodies = {hold_two_and_stay, wait_and_hold_after_one, wait_and_hold_after_one}},
    {.name = "in-vain",
     .summary = "the same, but the first m that is put is taken back",
     .parked = 2,
     .waiting = true,
     .threads = 3,
     .bodies = {put_in_vain_and_stay, wait_and_hold_after_one, wait_and_hold_after_one}},
    {.name = "holders",
     .summary = "two threads that stay, with an m each; against two gets that wait",
     .parked = 2,
     .waiting = true,
     .threads = 4,
     .bodies = {hold_one_and_stay, hold_one_and_stay, wait_and_hold_after_two, wait_and_hold_after_two}},
    {.name = NULL},
};
