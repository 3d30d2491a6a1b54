/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that make callbacks at planned times. Each follows its own schedule instead of a block's
 * loop. So there are no windows.
 */
#ifndef BENCH_PLAYERS_H
#define BENCH_PLAYERS_H

#include "arrivals.h"
#include "clock.h"
#include "crew.h"
#include "rig.h"
#include "spin.h"
#include "topology.h"

struct player;

struct players_plan {
	void (*play)(struct player *p); /* runs in each thread from the common start */
	const void *data;               /* for play; must stay valid for threads that hang */
	struct needm_runtime *rt;
	enum rig_level level;
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint64_t hold_ns; /* mean, random */
	uint32_t block_ms;
	const _Atomic bool *abort; /* true ends the block early */
	uint32_t patience_ms;      /* see crew_run; 0: a minute */
};

struct player {
	struct crew_thread self;
	const struct players_plan *plan;
	struct arrivals_span span; /* from the common start to the planned end */
	struct arrivals_score score;
	uint64_t random; /* not 0 */
	uint64_t hold;   /* rounds of the next callback, or their mean; play decides */
};

/* Runs a block and adds the threads' samples to times. Not thread-safe. */
enum block_status players_run(const struct players_plan *plan, struct crew_total *total, const struct arrivals_score *times);

/* Waits until then: sleeps, or yields if the time is short. */
void players_sleep(void *player, uint64_t until);

/* Spins until then. Yields only if there are more threads than CPUs. */
void players_spin(void *player, uint64_t until);

bool players_stopped(void *player);

/* Makes one callback that holds its m for a number of spin_rounds. */
static inline void players_call(struct player *p, uint64_t rounds)
{
	struct needm_runtime *rt = p->plan->rt;
	if (p->plan->level == RIG_CALLBACK) {
		needm_refill(rt, needm_enter(rt, rt->strategy));
		spin_rounds(rounds);
		needm_leave(rt, rt->strategy);
	} else {
		bool last;
		struct m *mp = rt->strategy->get(rt->list, false, &last);
		spin_rounds(rounds);
		rt->strategy->put(rt->list, mp);
	}
	crew_add_pairs(&p->self, 1);
}

/*
 * For an arrivals_io: the CPU's clock, and callbacks of p->hold rounds, or of a random length with
 * that mean.
 */
static inline uint64_t players_begin(void *player)
{
	(void)player;
	return clock_begin();
}

static inline uint64_t players_end(void *player)
{
	(void)player;
	return clock_end();
}

static inline void players_callback(void *player)
{
	struct player *p = player;
	players_call(p, p->hold);
}

static inline void players_callback_random(void *player)
{
	struct player *p = player;
	players_call(p, spin_below(&p->random, 2 * (uint32_t)p->hold));
}

#endif
