/* SPDX-License-Identifier: BSD-3-Clause */
#include "players.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "usage.h"

#define START_NS 500000 /* from when all threads are ready to the common start; plus START_EACH_NS per thread */
#define START_EACH_NS 20000
#define STACK_BYTES 262144
#define PATIENCE_MS 60000
#define YIELD_NS 20000 /* a sleep would overrun a shorter time */

enum players_state { PLAYERS_GATHER, PLAYERS_GO, PLAYERS_CANCEL };
enum player_phase { PHASE_PREPARE, PHASE_READY, PHASE_PLAY, PHASE_LEAVE, PHASE_END };

/* Allocated, with its own copy of the plan, because the threads of a hung block keep using it. */
struct players {
	struct players_plan plan;
	struct player *player;
	struct histogram *histograms; /* service times of all players, then response times */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum players_state state;
	uint32_t ready, done;
	struct arrivals_span span;
};

bool players_stopped(void *player)
{
	const struct player *p = player;
	/* relaxed: a flag; no data goes with it. */
	return atomic_load_explicit(p->plan->abort, memory_order_relaxed);
}

void players_sleep(void *player, uint64_t until)
{
	for (uint64_t now; (now = clock_now()) < until && !players_stopped(player);) {
		uint64_t ns = (uint64_t)clock_ns(until - now);
		const struct timespec left = {.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U)};
		if (ns > YIELD_NS)
			nanosleep(&left, NULL);
		else
			EXTRAM_YIELD();
	}
}

void players_spin(void *player, uint64_t until)
{
	const struct player *p = player;
	bool crowded = p->plan->threads > topology_cpus(p->plan->topology);
	while (clock_now() < until && !players_stopped(player))
		if (crowded)
			EXTRAM_YIELD();
		else
			spin_rounds(8);
}

static void set_phase(struct player *p, enum player_phase phase)
{
	/* relaxed: diagnostics only. */
	atomic_store_explicit(&p->phase, (int)phase, memory_order_relaxed);
}

static uint64_t pairs_of(const struct player *p)
{
	/* relaxed: diagnostics only while the thread runs; after its end, the join orders it. */
	return atomic_load_explicit(&p->pairs, memory_order_relaxed);
}

/* Waits for the start. False: the block was cancelled. */
static bool wait_for_go(struct players *all)
{
	pthread_mutex_lock(&all->lock);
	all->ready++;
	pthread_cond_broadcast(&all->changed);
	while (all->state == PLAYERS_GATHER)
		pthread_cond_wait(&all->changed, &all->lock);
	bool go = all->state == PLAYERS_GO;
	pthread_mutex_unlock(&all->lock);
	return go;
}

static void play(struct player *p)
{
	uint64_t waited = 0;
	int schedstat = usage_open_schedstat();
	p->span = p->all->span;
	players_sleep(p, p->span.begin);
	struct usage before = usage_now();
	bool known = usage_run_wait_ns(schedstat, &waited);
	p->plan->play(p);
	p->ended = clock_now();
	struct usage after = usage_now();
	p->run_wait_ns = known && usage_run_wait_ns(schedstat, &p->run_wait_ns) ? p->run_wait_ns - waited : UINT64_MAX;
	p->cpu_ns = after.cpu_ns - before.cpu_ns;
	p->nvcsw = after.nvcsw - before.nvcsw;
	p->nivcsw = after.nivcsw - before.nivcsw;
	if (schedstat >= 0)
		close(schedstat);
}

static void *live(void *arg)
{
	struct player *p = arg;
	struct players *all = p->all;
	p->bound = topology_bind(all->plan.topology, all->plan.placement, p->index);
	prctl(PR_SET_TIMERSLACK, 1UL); /* in ns; the default adds 50 us to every sleep */
	set_phase(p, PHASE_READY);
	if (wait_for_go(all)) {
		set_phase(p, PHASE_PLAY);
		play(p);
	}
	set_phase(p, PHASE_LEAVE);
	needm_thread_exit(all->plan.rt);
	set_phase(p, PHASE_END);
	pthread_mutex_lock(&all->lock);
	all->done++;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

static void set_state(struct players *all, enum players_state state)
{
	const struct players_plan *plan = &all->plan;
	pthread_mutex_lock(&all->lock);
	while (state == PLAYERS_GO && all->ready < plan->threads)
		pthread_cond_wait(&all->changed, &all->lock);
	all->span.begin = clock_now() + clock_ticks(START_NS + (double)START_EACH_NS * plan->threads);
	all->span.end = all->span.begin + clock_ticks(plan->block_ms * 1e6);
	all->state = state;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
}

static uint32_t start(struct players *all)
{
	pthread_attr_t attr;
	uint32_t started = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (started < all->plan.threads && pthread_create(&all->player[started].thread, &attr, live, &all->player[started]) == 0)
		started++;
	pthread_attr_destroy(&attr);
	set_state(all, started == all->plan.threads ? PLAYERS_GO : PLAYERS_CANCEL);
	return started;
}

static struct timespec deadline(const struct players_plan *plan)
{
	uint64_t patience_ms = plan->patience_ms != 0 ? plan->patience_ms : PATIENCE_MS;
	uint64_t ns = clock_monotonic_ns() + (plan->block_ms + patience_ms) * 1000000U;
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U)};
}

static void print_hung(const struct players *all, uint32_t started)
{
	static const char *const phases[] = {"prepares", "waits for the start", "makes callbacks", "leaves the list", "is done"};
	fprintf(stderr, "extram-bench: a block hangs:\n");
	for (uint32_t i = 0; i < started; i++) {
		const struct player *p = &all->player[i];
		/* relaxed: diagnostics only. */
		int phase = atomic_load_explicit(&p->phase, memory_order_relaxed);
		fprintf(stderr, "  thread %u %s, %" PRIu64 " pairs done\n", i, phases[phase], pairs_of(p));
	}
}

/* Joins the threads. The watchdog: false if some did not end in time. */
static bool join(struct players *all, uint32_t started)
{
	struct timespec until = deadline(&all->plan);
	int err = 0;
	pthread_mutex_lock(&all->lock);
	while (all->done < started && err == 0)
		err = pthread_cond_timedwait(&all->changed, &all->lock, &until);
	bool ended = all->done == started;
	pthread_mutex_unlock(&all->lock);
	if (!ended)
		print_hung(all, started);
	for (uint32_t i = 0; ended && i < started; i++)
		pthread_join(all->player[i].thread, NULL);
	return ended;
}

static void free_all(struct players *all)
{
	if (all == NULL)
		return;
	free(all->player);
	free(all->histograms);
	free(all);
}

static void prepare(struct players *all)
{
	size_t threads = all->plan.threads;
	for (uint32_t i = 0; i < threads; i++)
		all->player[i] = (struct player){
		    .plan = &all->plan,
		    .all = all,
		    .score = {all->histograms + i, all->histograms + threads + i},
		    .random = 0x9e3779b97f4a7c15U * (i + 1), /* Fibonacci hashing: well spread, and never 0 */
		    .hold = spin_mean(all->plan.hold_ns),
		    .index = i,
		};
}

static struct players *new_all(const struct players_plan *plan)
{
	pthread_condattr_t attr;
	struct players *all = calloc(1, sizeof(*all));
	if (all == NULL)
		return NULL;
	*all = (struct players){.plan = *plan, .lock = PTHREAD_MUTEX_INITIALIZER};
	all->player = aligned_alloc(_Alignof(struct player), plan->threads * sizeof(*all->player));
	all->histograms = calloc(2 * (size_t)plan->threads, sizeof(*all->histograms));
	if (all->player == NULL || all->histograms == NULL) {
		free_all(all);
		return NULL;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&all->changed, &attr);
	pthread_condattr_destroy(&attr);
	prepare(all);
	return all;
}

static void add_up(const struct players *all, struct players_result *r, const struct arrivals_score *total)
{
	for (uint32_t i = 0; i < all->plan.threads; i++) {
		const struct player *p = &all->player[i];
		uint64_t wall_ns = (uint64_t)clock_ns(p->ended - all->span.begin);
		r->wall_ns = wall_ns > r->wall_ns ? wall_ns : r->wall_ns;
		r->bound += p->bound;
		r->pairs += pairs_of(p);
		r->cpu_ns += p->cpu_ns;
		r->nvcsw += p->nvcsw;
		r->nivcsw += p->nivcsw;
		bool known = r->run_wait_ns != UINT64_MAX && p->run_wait_ns != UINT64_MAX;
		r->run_wait_ns = known ? r->run_wait_ns + p->run_wait_ns : UINT64_MAX;
		r->most_wait_ns = p->run_wait_ns > r->most_wait_ns ? p->run_wait_ns : r->most_wait_ns;
		histogram_add(total->service, p->score.service);
		histogram_add(total->response, p->score.response);
	}
}

static enum players_status fail(const struct players_plan *plan, const char *why)
{
	fprintf(stderr, "extram-bench: a block of %u threads could not run: %s\n", plan->threads, why);
	return PLAYERS_FAILED;
}

enum players_status players_run(const struct players_plan *plan, struct players_result *result, const struct arrivals_score *total)
{
	uint64_t steal = 0;
	*result = (struct players_result){.steal_ns = UINT64_MAX};
	struct players *all = new_all(plan);
	if (all == NULL)
		return fail(plan, "no memory");
	bool steal_known = usage_steal_ns(&steal);
	uint32_t started = start(all);
	if (!join(all, started))
		return PLAYERS_HUNG;
	if (steal_known && usage_steal_ns(&result->steal_ns))
		result->steal_ns -= steal;
	bool whole = started == plan->threads;
	if (whole)
		add_up(all, result, total);
	free_all(all);
	return whole ? PLAYERS_DONE : fail(plan, "the system cannot start more threads");
}
