/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lasting STRATEGY rseq|no-rseq CPUS MS BUSY [PAIRS...]: a rare event must not make later pairs
 * slower. Runs the benchmark's loop on one thread before and after each event, PAIRS pairs at a
 * time. A tool counts the instructions. Prints how the strategy waits and its variant, then the
 * events.
 *
 * Before each count the list is brought into the same state. One count after another must be equal.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/membarrier.h>

#include "counted.h"
#include "helper.h"
#include "hooks.h"
#include "standin.h"

#define MOST 64    /* ms */
#define FORGET 512 /* pairs: what a strategy forgets in so many does not last */
#define PASSES 6   /* of a helper's gets while the main thread is busy: the hand of a clock comes by twice */
#define BUSY 2     /* threads beside the main thread */

static const struct loops *loops;
static const struct extram_strategy *strategy;
static struct needm_runtime rt;
static struct m *all[MOST], *taken[MOST];
static long count, in_hand;
static uint64_t busy_pairs;

static void take_all(void)
{
	bool last;
	struct m *mp;
	while (in_hand < count && (mp = strategy->get(rt.list, true, &last)) != NULL)
		taken[in_hand++] = mp;
}

static void give(long i)
{
	struct m *mp = taken[i];
	taken[i] = taken[--in_hand];
	strategy->put(rt.list, mp);
}

static void give_one(void)
{
	give(in_hand - 1);
}

/* The one that was taken first is among them: the thread may have kept it. */
static void give_two(void)
{
	give(1);
	give(0);
}

static void give_all(void)
{
	while (in_hand > 0)
		give_one();
}

static void pair(void)
{
	bool last;
	struct m *mp = strategy->get(rt.list, true, &last);
	if (mp != NULL)
		strategy->put(rt.list, mp);
}

/* The state of the start: all ms on the list, put by the main thread in the same order. */
static void settle(void)
{
	take_all();
	if (in_hand != count)
		hooks_fail("an m is lost, or out of reach");
	for (in_hand = 0; in_hand < count; in_hand++)
		strategy->put(rt.list, all[in_hand]);
	in_hand = 0;
	extram_take_waiters(rt.list);
	struct loops_thread t = {.rt = &rt, .random = 1};
	loops->run[0](&t, FORGET);
}

static void need(void)
{
	bool last;
	struct m *mp = strategy->get(rt.list, false, &last);
	taken[in_hand++] = mp; /* not earlier: meanwhile another thread puts one of these */
}

static void need_and_leave(void)
{
	need();
	strategy->thread_exit(rt.list);
}

static void nothing(void)
{
}

static void wait_once(void)
{
	take_all();
	hooks_wait_begins(false, give_one);
	need();
	hooks_end();
}

static void another_waits(void)
{
	take_all();
	hooks_wait_begins(true, NULL);
	if (helper_does(need_and_leave))
		hooks_fail("a get did not wait on an empty list");
	give_one();
	if (!helper_goes_on())
		hooks_fail("a get stopped twice");
	hooks_end();
}

static void take_all_and_give(void)
{
	take_all();
	give_all();
	strategy->thread_exit(rt.list);
}

/* Another thread takes what the main thread has left, wherever it is, and gives it back. */
static void reclaim(void)
{
	pair();
	helper_does(take_all_and_give);
	pair();
}

static void pass_often(void)
{
	for (int i = 0; i < PASSES; i++) {
		pair();
		strategy->thread_exit(rt.list);
	}
}

/* The main thread takes its m again while another one is about to take it. Two ms are on the list,
 * so that the other thread empties what it takes from. */
static void reclaim_too_late(void)
{
	take_all();
	give_two();
	pair();
	hooks_fences_begin();
	bool done = helper_does(pass_often);
	while (!done)
		done = hooks_pair_in_fence(pair);
	hooks_end();
}

static void *be_busy(void *unused)
{
	struct loops_thread t = {.rt = &rt, .random = 1};
	loops->run[0](&t, busy_pairs);
	strategy->thread_exit(rt.list);
	return unused;
}

/* More threads than ms. Not with restartable sequences: nothing would restart them. */
static void contend(void)
{
	pthread_t threads[BUSY];
	take_all();
	give_two();
	for (int i = 0; i < BUSY; i++)
		if (pthread_create(&threads[i], NULL, be_busy, NULL) != 0)
			hooks_fail("no thread could be started");
	be_busy(NULL);
	for (int i = 0; i < BUSY; i++)
		pthread_join(threads[i], NULL);
}

static const struct {
	const char *name;
	void (*event)(void);
} events[] = {
    {"before", nothing},
    {"after a wait", wait_once},
    {"after another's wait", another_waits},
    {"after its m was taken", reclaim},
    {"after its m was almost taken", reclaim_too_late},
    {"after a contended pass", contend},
};

/* Prints what the count is of, and counts if the arguments have a number of pairs for it. */
static void count_one(const char *name, const char *state, char ***pairs)
{
	struct loops_thread t = {.rt = &rt, .random = 1};
	printf("%s%s\n", name, state);
	if (**pairs == NULL)
		return;
	count_pairs(loops->run[0], &t, strtoull(*(*pairs)++, NULL, 10));
	count_done();
}

/* The second count is of pairs with the only m that is left. */
static void run(char **pairs)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].event == contend && standin_rseq)
			continue;
		events[i].event();
		settle();
		count_one(events[i].name, "", &pairs);
		take_all();
		give_one();
		count_one(events[i].name, ", with one m", &pairs);
	}
}

/* us: the longest sleep that extram_wait promises. A strategy with its own way does not sleep. */
static long longest_sleep(const char *waiting)
{
	if (strcmp(waiting, "backoff") == 0)
		return 1 << 10;
	return strcmp(waiting, "poll") == 0 ? 1 : 0;
}

/* As rseq_usable would register for them. */
static bool can_make_barriers(void)
{
	if (standin_rseq && !rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0))
		return false;
	return rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

static bool start(char **argv)
{
	const char *why = "no thread could be started, or there is no membarrier";
	count = strtol(argv[4], NULL, 10);
	busy_pairs = strtoull(argv[5], NULL, 10);
	if (count >= 3 && count <= MOST && helper_start() && counted_start(argv[2], argv[3]) && can_make_barriers() &&
	    counted_fill(&rt, strategy, count, &why))
		return true;
	fprintf(stderr, "lasting: %s: %s\n", strategy->name, why);
	return false;
}

int main(int argc, char **argv)
{
	loops = argc >= 6 ? counted_find(argv[1]) : NULL;
	if (loops == NULL) {
		fprintf(stderr, "usage: lasting STRATEGY rseq|no-rseq CPUS MS BUSY [PAIRS...]\n");
		return 2;
	}
	strategy = loops->strategy;
	if (!start(argv))
		return 1;
	hooks_limit_sleep(longest_sleep(strategy->waiting));
	printf("%s\n%s\n", strategy->waiting, strategy->variant(rt.list));
	take_all();
	memcpy(all, taken, sizeof(all));
	run(argv + 6);
	return 0;
}
