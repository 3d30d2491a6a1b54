/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coldburst: new threads all call at once, and the list holds one m (golang/go issue 13926). Each
 * thread stays in its callback until the last one has entered, so there must be an m for each. The
 * thread that takes the last m must refill the list, but needs a processor for that, as in Go.
 * Threads that wait for an m compete with it for CPU time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "burst.h"
#include "processors.h"
#include "real.h"
#include "waiting.h"
#include "workload.h"

#define LOW_WATER 16 /* ms, for the refill policy of that name */

struct party {
	struct needm_runtime *rt;
	struct processors *processors;
};

/*
 * The processor of the m's last callback. Go: m.oldp. Stored in a field reserved for the scheduler.
 */
static struct processor *old_processor(const struct needm_m *mp)
{
	struct processor *p;
	memcpy(&p, mp->curg->scheduler, sizeof(void *));
	return p;
}

static void set_old_processor(struct needm_m *mp, struct processor *p)
{
	memcpy(mp->curg->scheduler, &p, sizeof(void *));
}

/*
 * A callback that calls back into C and stays there. Go: cgocallback, then entersyscall and
 * exitsyscall around the C function.
 */
static void visit(struct burst_guest *guest)
{
	const struct party *party = guest->context;
	const struct extram_strategy *strategy = party->rt->strategy;
	burst_phase(guest, BURST_GET);
	struct needm_m *mp = needm_enter(party->rt, strategy);
	burst_phase(guest, BURST_SCHEDULE);
	struct processor *p = processors_exitsyscall(party->processors, old_processor(mp));
	burst_phase(guest, BURST_REFILL);
	needm_refill(party->rt, mp);
	processors_entersyscall(p);
	burst_stay(guest);
	p = processors_exitsyscall(party->processors, p);
	processors_entersyscall(p);
	set_old_processor(mp, p);
	needm_leave(party->rt, strategy);
	needm_thread_exit(party->rt);
}

/* Warms the list: each of its ms has been in a callback, as on a list in use. False: no memory. */
static bool break_in(struct rig *rig, struct processors *processors, uint32_t count)
{
	const struct extram_strategy *strategy = rig->rt.strategy;
	uint32_t ms = rig_created(rig);
	struct needm_m **mp = calloc(ms, sizeof(void *));
	bool last;
	if (mp == NULL) {
		fprintf(stderr, "extram-bench: no memory for a warm list\n");
		return false;
	}
	for (uint32_t i = 0; i < ms; i++) {
		mp[i] = needm_of(strategy->get(rig->rt.list, false, &last));
		set_old_processor(mp[i], processors_at(processors, i % count));
	}
	for (uint32_t i = ms; i-- > 0;)
		strategy->put(rig->rt.list, &mp[i]->m);
	strategy->thread_exit(rig->rt.list);
	free(mp);
	return true;
}

static void fill(struct csv_row *row, const struct burst_result *result, uint64_t steal_ns)
{
	row->bound = result->bound;
	row->windows = 0;
	row->pairs = row->threads;
	row->wall_ns = result->wall_ns;
	row->cpu_ns_per_pair = (double)result->cpu_ns / (double)row->threads;
	row->nvcsw = result->nvcsw;
	row->nivcsw = result->nivcsw;
	row->steal_ns = steal_ns;
	row->all_in_ms = result->all_in_ms;
}

static enum workload_status burst(struct workload_run *run, struct party *party)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	const struct cell *cell = run->cell;
	struct burst_plan plan = {
	    .visit = visit, .context = party, .topology = run->topology, .placement = cell->placement, .threads = cell->threads};
	struct burst_result result;
	uint64_t before, after;
	bool known = usage_steal_ns(&before);
	enum burst_status status = burst_run(&plan, &result);
	known = known && usage_steal_ns(&after);
	if (status == BURST_COMPLETE)
		fill(run->row, &result, known ? after - before : CSV_EMPTY);
	return statuses[status];
}

/* Runs the burst on a rig, with that many processors. */
static enum workload_status run_on(struct workload_run *run, struct rig *rig, uint32_t count)
{
	static struct party party; /* static, because the threads of a hung burst keep using it */
	enum workload_status status = WORKLOAD_FAILED;
	party = (struct party){&rig->rt, processors_new(count)};
	if (party.processors == NULL)
		return WORKLOAD_FAILED;
	if (run->cell->prefill == 1 || break_in(rig, party.processors, count))
		status = burst(run, &party);
	if (status == WORKLOAD_HUNG)
		return status;
	processors_free(party.processors);
	workload_fill_rig(run->row, rig);
	return status == WORKLOAD_DONE && !rig_conserved(rig) ? WORKLOAD_FAILED : status;
}

static enum workload_status run_coldburst(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	struct rig *rig = workload_rig(run);
	if (rig == NULL)
		return WORKLOAD_FAILED;
	rig->rt.refill = cell->refill;
	rig->rt.low_water = LOW_WATER;
	enum workload_status status = run_on(run, rig, cell->tokens);
	if (status != WORKLOAD_HUNG) /* hung threads still use the list */
		rig_free(rig);
	return status;
}

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("all in", all_in_ms, UNITS_MS), {.heading = NULL}};

#define BIT(n) (1U << (n))
#define GROUP(in, repeat, ms)                                                                                                              \
	.set = OPTIONS_##in, .levels = WORKLOAD_CALLBACK, .threads = WORKLOAD_COUNTS, .repetitions = (repeat), .block_ms = (ms)
#define POLL_AND_FUTEX .waitings = (BIT(WAITING_POLL) | BIT(WAITING_FUTEX))
#define ALL_WAYS .waitings = (BIT(WAITING_POLL) | BIT(WAITING_BACKOFF) | BIT(WAITING_FUTEX))
#define AS_GO .refills = BIT(NEEDM_REFILL_GO)
#define POLICIES .refills = (BIT(NEEDM_REFILL_GO) | BIT(NEEDM_REFILL_ONE) | BIT(NEEDM_REFILL_DOUBLE) | BIT(NEEDM_REFILL_LOW_WATER))

/* clang-format off */
static const struct workload_group groups[] = {
	{GROUP(FIELD, 3, 100), .counts = {64}, .prefill = 1, POLL_AND_FUTEX, AS_GO},
	{GROUP(FIELD, 2, 1500), .counts = {1000}, .prefill = 1, .waitings = BIT(WAITING_POLL), AS_GO},
	{GROUP(FIELD, 3, 200), .counts = {1000}, .prefill = 1, .waitings = BIT(WAITING_FUTEX), AS_GO},
	{GROUP(FIELD, 3, 100), .counts = {1000}, POLL_AND_FUTEX, AS_GO},
	{GROUP(FIELD, 1, 100), .counts = {256}, .prefill = 1, .waitings = BIT(WAITING_FUTEX), POLICIES},
	{GROUP(EVERY, 1, 50), .counts = {64}, .prefill = 1, POLL_AND_FUTEX, AS_GO},
	{GROUP(FULL, 5, 500), .counts = {64, 256, 1000, 2000}, .prefill = 1, ALL_WAYS, .refills = BIT(NEEDM_REFILL_LOW_WATER + 1) - 1},
	{GROUP(FULL, 5, 200), .counts = {64, 256, 1000, 2000}, ALL_WAYS, AS_GO},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_coldburst = {
    .name = "coldburst",
    .question = "new threads call at once: time until all are in their callbacks",
    .quantities = quantities,
    .groups = groups,
    .tokens = true,
    .run = run_coldburst,
    .run_real = real_coldburst,
};
