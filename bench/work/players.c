/* SPDX-License-Identifier: BSD-3-Clause */
#include "players.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "wait.h"

#define YIELD_NS 20000 /* a sleep would overrun a shorter time */

/* Allocated, with its own copy of the plan, because the threads of a hung block keep using it. */
struct players {
	struct players_plan plan;
	struct histogram *histograms; /* service times of all players, then response times */
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
			spin_rounds(2);
}

static void play(struct player *p)
{
	int schedstat = usage_open_schedstat();
	p->span = (struct arrivals_span){p->self.begin, p->self.begin + clock_ticks(p->plan->block_ms * 1e6)};
	players_sleep(p, p->span.begin);
	crew_usage_begin(&p->self, schedstat);
	p->plan->play(p);
	p->self.end = clock_now();
	crew_usage_end(&p->self, schedstat);
	if (schedstat >= 0)
		close(schedstat);
}

static void prepare(struct player *p, const struct players *all)
{
	uint32_t i = p->self.index;
	p->plan = &all->plan;
	p->score = (struct arrivals_score){all->histograms + i, all->histograms + all->plan.threads + i};
	p->random = 0x9e3779b97f4a7c15U * (i + 1); /* Fibonacci hashing: well spread, and never 0 */
	p->hold = spin_mean(all->plan.hold_ns);
	prctl(PR_SET_TIMERSLACK, 1UL); /* in ns; the default adds 50 us to every sleep */
}

static void live(struct crew_thread *t)
{
	struct player *p = (struct player *)t;
	prepare(p, t->context);
	if (crew_ready(t)) {
		crew_phase(t, "makes callbacks");
		play(p);
	}
	crew_phase(t, "leaves the list");
	needm_thread_exit(p->plan->rt);
}

static struct players *new_all(const struct players_plan *plan)
{
	struct players *all = malloc(sizeof(*all));
	struct histogram *histograms = calloc(2 * (size_t)plan->threads, sizeof(*histograms));
	if (all != NULL && histograms != NULL) {
		*all = (struct players){*plan, histograms};
		return all;
	}
	fprintf(stderr, "extram-bench: no memory for a block\n");
	free(all);
	free(histograms);
	return NULL;
}

static void add_times(const struct crew *crew, uint32_t threads, const struct arrivals_score *times)
{
	for (uint32_t i = 0; i < threads; i++) {
		const struct player *p = crew_at(crew, i);
		histogram_add(times->service, p->score.service);
		histogram_add(times->response, p->score.response);
	}
}

enum block_status players_run(const struct players_plan *plan, struct crew_total *total, const struct arrivals_score *times)
{
	struct players *all = new_all(plan);
	if (all == NULL)
		return BLOCK_FAILED;
	struct crew *crew = crew_new(&(const struct crew_plan){.body = live,
							       .context = all,
							       .bytes = sizeof(struct player),
							       .topology = plan->topology,
							       .placement = plan->placement,
							       .threads = plan->threads,
							       .block_ms = plan->block_ms,
							       .patience_ms = plan->patience_ms});
	enum block_status status = crew != NULL ? crew_run(crew, total) : BLOCK_FAILED;
	if (status == BLOCK_HUNG)
		return status;
	if (status == BLOCK_DONE)
		add_times(crew, plan->threads, times);
	crew_free(crew);
	free(all->histograms);
	free(all);
	return status;
}
