/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many concurrent callbacks into a real runtime: the cold burst, and growing a list before a block.
 */
#include "burst.h"
#include "real.h"

/* In the callback, in C. */
static void stay(void *arg)
{
	burst_stay(arg);
}

static void visit(struct crew_thread *t)
{
	crew_phase(t, "waits for its m");
	real_library.call(stay, t);
}

/* Lets the next thread enter. */
static void let_next_and_stay(void *arg)
{
	struct crew_thread *t = arg;
	pthread_mutex_unlock(t->context);
	burst_stay(t);
}

static void visit_in_turn(struct crew_thread *t)
{
	pthread_mutex_lock(t->context);
	crew_phase(t, "waits for its m");
	real_library.call(let_next_and_stay, t);
}

/*
 * Each thread takes the last m, so the runtime adds one. Threads enter one by one, so none waits
 * and the number is exact.
 */
bool real_prefill(uint32_t ms)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* static, because the threads of a hung burst keep using it */
	struct burst_result result;
	return ms <= 1 ||
	       burst_run(&(const struct crew_plan){.body = visit_in_turn, .context = &turn, .placement = TOPOLOGY_NONE, .threads = ms - 1},
			 &result) == BLOCK_DONE;
}

enum block_status real_coldburst(struct workload_run *run, struct rig *rig, void *context)
{
	struct crew_plan plan = workload_burst_plan(run);
	struct burst_result result;
	(void)rig, (void)context;
	plan.body = visit;
	enum block_status status = burst_run(&plan, &result);
	if (status != BLOCK_DONE)
		return status;
	workload_fill_burst(run->row, &result);
	run->row->tokens = real_library.facts.procs;
	return BLOCK_DONE;
}
