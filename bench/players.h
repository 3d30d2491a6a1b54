/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that make callbacks at planned times. They are created, bound, started together, watched
 * and joined as in workers.h, but each follows its own schedule instead of a loop. So there are no
 * windows.
 */
#ifndef BENCH_PLAYERS_H
#define BENCH_PLAYERS_H

#include <pthread.h>
#include <sched.h>

#include "arrivals.h"
#include "clock.h"
#include "rig.h"
#include "spin.h"
#include "topology.h"

struct player;

struct players_plan {
	void (*play)(struct player *p); /* runs in each thread from the common start */
	const void *data;               /* for play */
	struct needm_runtime *rt;
	enum rig_level level;
	const struct topology *topology;
	enum topology_placement placement;
	uint32_t threads;
	uint64_t hold_ns; /* mean, random */
	uint32_t block_ms;
	const _Atomic bool *abort; /* true ends the block early */
	uint32_t patience_ms;      /* time past the block's length before it counts as hung; 0: a minute */
};

/* On cache lines of its own, to avoid false sharing. */
struct player {
	_Alignas(EXTRAM_APART) const struct players_plan *plan;
	struct players *all;
	struct arrivals_span span; /* from the common start to the planned end */
	struct arrivals_score score;
	uint64_t random; /* not 0 */
	uint64_t hold;   /* rounds of the next callback, or their mean; play decides */
	uint32_t index;
	_Atomic uint64_t pairs; /* read by the watchdog, and summed at the end */
	_Atomic int phase;
	pthread_t thread;
	bool bound;
	uint64_t ended, cpu_ns, nvcsw, nivcsw, run_wait_ns;
};

enum players_status {
	PLAYERS_DONE,
	PLAYERS_FAILED, /* no memory or no threads; the cause was printed and everything is freed */
	PLAYERS_HUNG,   /* threads are still running: what they use must stay valid; their state was printed */
};

struct players_result {
	uint32_t bound;
	uint64_t pairs, wall_ns, cpu_ns;
	uint64_t nvcsw, nivcsw, run_wait_ns, steal_ns; /* UINT64_MAX: unknown */
	uint64_t most_wait_ns;                         /* largest run_wait_ns of a thread; UINT64_MAX: unknown */
};

/* Runs a block and adds the threads' samples to total. Not thread-safe. */
enum players_status players_run(const struct players_plan *plan, struct players_result *result, const struct arrivals_score *total);

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
	/*
	 * relaxed: only this thread writes it. The watchdog reads it for diagnostics only. The join
	 * orders the final sum.
	 */
	atomic_store_explicit(&p->pairs, atomic_load_explicit(&p->pairs, memory_order_relaxed) + 1, memory_order_relaxed);
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
