/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks by needm.h, on threads whose signal handlers need an m, too. For strategies with a
 * struct extram_bound. needm.c and its headers run here as they are; what they ask of the strategy
 * is recorded.
 */
#include "clients.h"
#include "needm_signal.h"

static struct needm_runtime runtimes[WORLD_LISTS];
static struct g gs[WORLD_MS][2];
static struct extram_strategy recorded;

static struct world_m *world_of(struct needm_m *mp)
{
	return (struct world_m *)mp;
}

/* A handler comes back to what it interrupted, which may be on the other list. */
static int use_list(struct extram_list *list)
{
	return world_use(list == world_list_nth(1));
}

static struct m *recorded_get(struct extram_list *list, bool nilokay, bool *last)
{
	int before = use_list(list);
	struct m *mp = (struct m *)world_get(nilokay, last);
	world_use(before);
	return mp;
}

static void recorded_put(struct extram_list *list, struct m *mp)
{
	int before = use_list(list);
	world_put((struct world_m *)mp);
	world_use(before);
}

static struct m *recorded_own_get(struct extram_list *list, bool *last)
{
	int before = use_list(list);
	struct m *mp = (struct m *)world_own_get(last);
	world_use(before);
	return mp;
}

static bool recorded_own_put(struct extram_list *list, struct m *mp)
{
	int before = use_list(list);
	bool done = world_own_put((struct world_m *)mp);
	world_use(before);
	return done;
}

static struct m *recorded_in_use(struct extram_list *list)
{
	return world_strategy()->bound->in_use(list);
}

static uint32_t recorded_spare(struct extram_list *list)
{
	return world_strategy()->bound->spare(list);
}

static const struct extram_bound recorded_bound = {recorded_own_get, recorded_own_put, recorded_in_use, recorded_spare};

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

/* A thread blocks SIGUSR2. A runtime opens it while it has the thread. */
static void begin(void)
{
	recorded = *world_strategy();
	recorded.get = recorded_get;
	recorded.put = recorded_put;
	recorded.bound = &recorded_bound;
	for (int i = 0; i < WORLD_LISTS; i++) {
		runtimes[i] = (struct needm_runtime){.strategy = &recorded, .list = world_list_nth(i), .unblockable = BIT(SIGUSR2)};
		atomic_init(&runtimes[i].cgo_has_extra_m, true);
	}
	for (int i = 0; i < WORLD_MS; i++) {
		struct needm_m *mp = &world_nth(i)->needm;
		mp->g0 = &gs[i][0];
		mp->gsignal = &gs[i][1];
		mp->g0->m = mp;
	}
}

static void handler_of(struct needm_runtime *rt)
{
	enum needm_signal signal = needm_signal_enter(rt, &recorded);
	client_use(world_of(needm_g->m));
	needm_signal_leave(rt, &recorded, signal);
}

static void handler(void)
{
	handler_of(runtimes);
}

static void handler_of_both(void)
{
	handler_of(&runtimes[0]);
	handler_of(&runtimes[1]);
}

static uint64_t mask(void)
{
	uint64_t now = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &now, sizeof(now));
	return now;
}

static void begin_thread(void (*on_signal)(void))
{
	const uint64_t own = BIT(SIGUSR2);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &own, NULL, sizeof(own));
	world_on_signal(on_signal);
}

/* needm's destructor, and then the strategy's. */
static void end_thread(void)
{
	needm_thread_exit(&runtimes[0]);
	world_on_signal(NULL);
	world_thread_exit();
	if (mask() != BIT(SIGUSR2))
		world_fail("the thread's signal mask has changed");
	if (needm_g != NULL || needm_bound != NULL || needm_in_c)
		world_fail("the thread has a g after its end");
}

static void callback(void)
{
	client_use(world_of(needm_enter(&runtimes[0], &recorded)));
	needm_leave(&runtimes[0], &recorded);
}

static void two_callbacks(void)
{
	begin_thread(handler);
	callback();
	callback();
	end_thread();
}

static void one_callback(void)
{
	begin_thread(handler);
	callback();
	end_thread();
}

/* Between its callbacks the thread stays, so an idle m comes from its record or its handler. */
static void callback_and_stay(void)
{
	begin_thread(handler);
	callback();
	client_come_to(1);
	client_wait_for(2);
	end_thread();
}

static void need_put(void)
{
	client_put(client_need());
	world_thread_exit();
}

static void need_two_put_two(void)
{
	struct world_m *a = client_need(), *b = client_try_get();
	client_put(b);
	client_put(a);
	world_thread_exit();
}

static void until_waiting(void)
{
	while (extram_waiters(world_list()) == 0)
		EXTRAM_YIELD();
}

/* The thread stays, so only its put serves the one that waits. */
static void callback_until_another_waits(void)
{
	begin_thread(handler);
	client_use(world_of(needm_enter(&runtimes[0], &recorded)));
	client_come_to(1);
	until_waiting();
	needm_leave(&runtimes[0], &recorded);
	client_wait_for(2);
	end_thread();
}

static void wait_for_callback(void)
{
	client_wait_for(1);
	struct world_m *p = client_need();
	client_come_to(2);
	client_put(p);
	world_thread_exit();
}

/* One m is out as long as the other thread makes callbacks. */
static void callbacks_beside_one(void)
{
	begin_thread(handler);
	callback();
	callback();
	client_come_to(1);
	end_thread();
}

static void hold_one_of_two_until_done(void)
{
	struct world_m *a = client_need(), *b = client_need();
	client_put(a);
	client_wait_for(1);
	client_put(b);
	world_thread_exit();
}

static void callbacks_of_two_lists(void)
{
	begin_thread(handler_of_both);
	callback();
	callback();
	end_thread();
}

static void need_of_both(void)
{
	client_put(client_need());
	world_use(1);
	client_put(client_need());
	world_thread_exit();
}

const struct client clients_signals[] = {
    {.name = "handler",
     .summary = "one m: two callbacks of a thread with a signal handler; against a get that waits",
     .parked = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {two_callbacks, need_put},
     .begin = begin},
    {.name = "handlers",
     .summary = "one m: two callbacks of a thread with a signal handler; against one of another",
     .parked = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {two_callbacks, one_callback},
     .begin = begin},
    {.name = "robbed",
     .summary = "two ms: two callbacks of a thread with a signal handler; against one that takes both",
     .parked = 2,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {two_callbacks, need_two_put_two},
     .begin = begin},
    {.name = "served",
     .summary = "one m: the end of a callback serves a get that waits; the thread has a signal handler, and stays",
     .parked = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {callback_until_another_waits, wait_for_callback},
     .begin = begin},
    {.name = "beside",
     .summary = "two ms: two callbacks of a thread with a signal handler; against one that takes both, and keeps one until they are done",
     .parked = 2,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {callbacks_beside_one, hold_one_of_two_until_done},
     .begin = begin},
    {.name = "idle",
     .summary = "one m, of a thread that stays between its callbacks and has a signal handler; against a get that waits",
     .parked = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {callback_and_stay, wait_for_callback},
     .begin = begin},
    {.name = "both",
     .summary = "two lists: two callbacks on one, and handlers that use both; against gets that wait",
     .parked = 1,
     .other = 1,
     .waiting = true,
     .signals = true,
     .threads = 2,
     .bodies = {callbacks_of_two_lists, need_of_both},
     .begin = begin},
    {.name = NULL},
};
