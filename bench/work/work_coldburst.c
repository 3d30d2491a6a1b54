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

#include "processors.h"
#include "real.h"
#include "waiting.h"
#include "workload.h"

#define LOW_WATER 16 /* ms, for the refill policy of that name */

/* The context. */
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
static void visit(struct crew_thread *t)
{
	const struct party *party = t->context;
	const struct extram_strategy *strategy = party->rt->strategy;
	crew_phase(t, "waits for its m");
	struct needm_m *mp = needm_enter(party->rt, strategy);
	crew_phase(t, "waits for a processor");
	struct processor *p = processors_exitsyscall(party->processors, old_processor(mp));
	crew_phase(t, "makes ms");
	needm_refill(party->rt, mp);
	processors_entersyscall(p);
	burst_stay(t);
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

static enum block_status burst(struct workload_run *run, struct party *party)
{
	struct crew_plan plan = workload_burst_plan(run);
	struct burst_result result;
	plan.body = visit;
	plan.context = party;
	enum block_status status = burst_run(&plan, &result);
	if (status == BLOCK_DONE)
		workload_fill_burst(run->row, &result);
	return status;
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	const struct cell *cell = run->cell;
	struct party *party = context;
	enum block_status status = BLOCK_FAILED;
	rig->rt.refill = cell->refill;
	rig->rt.low_water = LOW_WATER;
	*party = (struct party){&rig->rt, processors_new(cell->tokens)};
	if (party->processors == NULL)
		return BLOCK_FAILED;
	if (cell->prefill == 1 || break_in(rig, party->processors, cell->tokens))
		status = burst(run, party);
	if (status != BLOCK_HUNG)
		processors_free(party->processors);
	return status;
}

static enum block_status run_coldburst(struct workload_run *run)
{
	return workload_on_rig(run, body, sizeof(struct party));
}

static enum block_status run_real(struct workload_run *run)
{
	return real_on_list(run, real_coldburst, 0);
}

static const struct workload_quantity quantities[] = {WORKLOAD_QUANTITY("all in", all_in_ms, UNITS_MS), {.heading = NULL}};

#define WAITING(...) .vary.waiting = WORKLOAD_AT(__VA_ARGS__)
#define POLL_AND_FUTEX WAITING(WAITING_POLL, WAITING_FUTEX)
#define ALL_WAYS WAITING(WAITING_POLL, WAITING_BACKOFF, WAITING_FUTEX)
#define AS_GO .vary.refill = WORKLOAD_AT(NEEDM_REFILL_GO)
#define POLICIES .vary.refill = WORKLOAD_AT(NEEDM_REFILL_GO, NEEDM_REFILL_ONE, NEEDM_REFILL_DOUBLE, NEEDM_REFILL_LOW_WATER)

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 3, 100, .counts = {64}, .prefill = 1, POLL_AND_FUTEX, AS_GO},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 2, 1500, .counts = {1000}, .prefill = 1, WAITING(WAITING_POLL), AS_GO},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 3, 200, .counts = {1000}, .prefill = 1, WAITING(WAITING_FUTEX), AS_GO},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 3, 100, .counts = {1000}, POLL_AND_FUTEX, AS_GO},
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 1, 100, .counts = {256}, .prefill = 1, WAITING(WAITING_FUTEX), POLICIES},
	{WORKLOAD_EVERY, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 1, 50, .counts = {64}, .prefill = 1, POLL_AND_FUTEX, AS_GO},
	{WORKLOAD_FULL, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 5, 500, .counts = {64, 256, 1000, 2000}, .prefill = 1, ALL_WAYS, POLICIES},
	{WORKLOAD_FULL, WORKLOAD_CALLBACK, WORKLOAD_COUNTS, 5, 200, .counts = {64, 256, 1000, 2000}, ALL_WAYS, AS_GO},
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
    .run_real = run_real,
};
