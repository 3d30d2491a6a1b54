/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stall [STRATEGY]: shows on a real list what tests/bench/arrivals.c shows with a clock of its own.
 * One thread makes 100,000 callbacks, each 2 us after the last was due, with and without one that
 * takes 1 ms more; then as many in a closed loop. It prints times and is not a test.
 */
#include <stdio.h>
#include <stdlib.h>

#include "players.h"

#define GAP_NS 2000
#define BLOCK_MS 200
#define HOLD_NS 300
#define STALL_NS 1000000
#define STALLED 30000 /* which callback; both loops come to it */

struct plant {
	bool open, stall;
};

static const _Atomic bool never;

static void callback(void *player)
{
	struct player *p = player;
	const struct plant *plant = p->plan->data;
	bool stall = plant->stall && crew_pairs(&p->self) == STALLED;
	players_call(p, spin_below(&p->random, 2 * (uint32_t)p->hold) + (stall ? spin_mean(STALL_NS) : 0));
}

static const struct arrivals_io io = {players_spin, players_begin, players_end, callback, players_stopped};

static void play(struct player *p)
{
	const struct plant *plant = p->plan->data;
	struct arrivals a;
	arrivals_init(&a, (double)clock_ticks(GAP_NS), false, p->random);
	a.span = p->span;
	if (plant->open)
		arrivals_open(&io, p, &a, &p->score);
	else
		arrivals_closed(&io, p, &a, &p->score);
}

static void print_tail(const char *what, const struct histogram *h)
{
	static const double quantiles[] = {0.5, 0.99, 0.999};
	printf("%-34s", what);
	for (int i = 0; i < 3; i++)
		printf("%10.2f", clock_ns(histogram_quantile(h, quantiles[i])) / 1000);
	printf("%10.2f%10llu\n", clock_ns(h->max) / 1000, (unsigned long long)h->total);
}

static bool show(const struct players_plan *base, const struct plant *plant, const char *what)
{
	char text[64];
	struct crew_total r;
	struct players_plan plan = *base;
	struct histogram *h = calloc(2, sizeof(*h));
	bool ok = h != NULL;
	plan.data = plant;
	ok = ok && players_run(&plan, &r, &(const struct arrivals_score){&h[0], &h[1]}) == BLOCK_DONE;
	snprintf(text, sizeof(text), "%s, response", what);
	if (ok)
		print_tail(text, &h[1]);
	snprintf(text, sizeof(text), "%s, service", what);
	if (ok && plant->open)
		print_tail(text, &h[0]);
	free(h);
	return ok;
}

static bool show_all(struct rig *rig, const struct topology *topology)
{
	const struct players_plan plan = {.play = play,
					  .rt = &rig->rt,
					  .level = RIG_LIST,
					  .topology = topology,
					  .threads = 1,
					  .hold_ns = HOLD_NS,
					  .block_ms = BLOCK_MS,
					  .abort = &never};
	printf("%-34s%10s%10s%10s%10s%10s\n", "us", "p50", "p99", "p99.9", "max", "samples");
	return show(&plan, &(const struct plant){true, false}, "open loop") &&
	       show(&plan, &(const struct plant){true, true}, "open loop, 1 ms stall") &&
	       show(&plan, &(const struct plant){false, true}, "closed loop, 1 ms stall") && rig_conserved(rig);
}

int main(int argc, char **argv)
{
	const struct extram_strategy *strategy = argc > 1 ? extram_find(argv[1]) : extram_strategies[0];
	if (strategy == NULL || argc > 2) {
		fprintf(stderr, "usage: stall [STRATEGY]\n");
		return 2;
	}
	clock_init();
	spin_init();
	struct topology *topology = topology_open(TOPOLOGY_PERFORMANCE);
	struct rig *rig =
	    topology != NULL
		? rig_new(&(const struct rig_plan){strategy, RIG_LIST, 2, topology, TOPOLOGY_COMPACT, false, 0, NEEDM_LAYOUT_1_19})
		: NULL;
	bool ok = rig != NULL && show_all(rig, topology);
	if (rig != NULL)
		rig_free(rig);
	if (topology != NULL)
		topology_close(topology);
	return ok ? 0 : 1;
}
