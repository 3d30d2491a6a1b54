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

static void visit(struct burst_guest *guest)
{
	burst_phase(guest, BURST_GET);
	real_library.call(stay, guest);
}

/* Lets the next thread enter. */
static void let_next_and_stay(void *arg)
{
	struct burst_guest *guest = arg;
	pthread_mutex_unlock(guest->context);
	burst_stay(guest);
}

static void visit_in_turn(struct burst_guest *guest)
{
	pthread_mutex_lock(guest->context);
	burst_phase(guest, BURST_GET);
	real_library.call(let_next_and_stay, guest);
}

/*
 * Each thread takes the last m, so the runtime adds one. Threads enter one by one, so none waits
 * and the number is exact.
 */
bool real_prefill(uint32_t ms)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* static, because the threads of a hung burst keep using it */
	struct burst_plan plan = {.visit = visit_in_turn, .context = &turn, .placement = TOPOLOGY_NONE, .threads = ms - 1};
	struct burst_result result;
	return ms <= 1 || burst_run(&plan, &result) == BURST_COMPLETE;
}

static void fill(struct csv_row *row, const struct burst_result *result)
{
	row->bound = result->bound;
	row->windows = 0;
	row->pairs = row->threads;
	row->wall_ns = result->wall_ns;
	row->cpu_ns_per_pair = (double)result->cpu_ns / (double)row->threads;
	row->nvcsw = result->nvcsw;
	row->nivcsw = result->nivcsw;
	row->all_in_ms = result->all_in_ms;
	row->tokens = real_library.facts.procs;
}

enum workload_status real_coldburst(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	struct burst_plan plan = {.visit = visit, .topology = run->topology, .placement = cell->placement, .threads = cell->threads};
	struct burst_result result;
	if (!real_prefill(cell->prefill) || burst_run(&plan, &result) != BURST_COMPLETE)
		return WORKLOAD_FAILED;
	fill(run->row, &result);
	real_fill(run->row, cell->real);
	return real_conserved(cell->real, cell->prefill) ? WORKLOAD_DONE : WORKLOAD_FAILED;
}
