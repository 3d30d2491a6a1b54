/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "workers.h"

double block_jain(double sum, double squares, uint32_t threads)
{
	return squares > 0 ? sum * sum / (threads * squares) : NAN;
}

static void add_up(const struct workers *b, struct block_result *r, struct histogram *histogram)
{
	uint64_t cpu_ns = 0;
	double squares = 0;
	for (uint32_t i = 0; i < b->plan.threads; i++) {
		const struct worker *w = &b->worker[i];
		uint64_t wall_ns = (uint64_t)clock_ns(w->end - b->begin);
		r->bound += w->bound;
		r->pairs += workers_pairs(w);
		r->nvcsw += w->used.nvcsw;
		r->nivcsw += w->used.nivcsw;
		bool known = w->run_wait_ns != UINT64_MAX;
		uint64_t waited = known ? w->run_wait_ns : 0;
		r->run_wait_ns = known && r->run_wait_ns != UINT64_MAX ? r->run_wait_ns + waited : UINT64_MAX;
		r->thread_ns += wall_ns > waited ? wall_ns - waited : 0;
		squares += (double)workers_pairs(w) * (double)workers_pairs(w);
		r->wall_ns = wall_ns > r->wall_ns ? wall_ns : r->wall_ns;
		cpu_ns += w->used.cpu_ns;
		if (b->plan.timed)
			histogram_add(histogram, w->loop.histogram);
	}
	r->jain = block_jain((double)r->pairs, squares, b->plan.threads);
	r->cpu_ns_per_pair = r->pairs > 0 ? (double)cpu_ns / (double)r->pairs : NAN;
}

/* Throughput: of the clean windows if every thread has a CPU, otherwise of the whole block. */
static bool throughput(const struct workers *b, struct block_result *r)
{
	uint32_t threads = b->plan.threads;
	struct windows_summary summary;
	assert(threads > 0 && "a block has a thread");
	struct windows **w = calloc(threads, sizeof(struct windows *));
	if (w == NULL)
		return false;
	for (uint32_t i = 0; i < threads; i++)
		w[i] = &b->worker[i].windows;
	bool ok = windows_summarise(w, threads, &summary);
	free(w);
	if (!ok)
		return false;
	r->windows = summary.windows;
	if (threads > topology_cpus(b->plan.topology)) {
		r->windows_clean = UINT64_MAX;
		r->pairs_per_s = (double)r->pairs * 1e9 / (double)r->wall_ns;
		r->ns_per_pair = NAN;
		return true;
	}
	r->windows_clean = summary.clean;
	r->pairs_per_s = summary.pairs_per_s;
	r->ns_per_pair = 1e9 * threads / summary.pairs_per_s;
	return true;
}

static bool collect(struct workers *b, struct block_result *r, struct histogram *histogram)
{
	for (uint32_t i = 0; i < b->plan.threads; i++)
		if (b->worker[i].failed)
			return false;
	add_up(b, r, histogram);
	return throughput(b, r);
}

static enum block_status fail(const struct block_plan *plan, const char *why)
{
	fprintf(stderr, "extram-bench: a block of %u threads could not run: %s\n", plan->threads, why);
	return BLOCK_FAILED;
}

enum block_status block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram)
{
	uint64_t steal = 0;
	*result = (struct block_result){.steal_ns = UINT64_MAX};
	struct workers *b = workers_new(plan);
	if (b == NULL)
		return fail(plan, "no memory");
	bool steal_known = usage_steal_ns(&steal);
	uint32_t started = workers_start(b);
	if (!workers_join(b, started))
		return BLOCK_HUNG;
	if (steal_known && usage_steal_ns(&result->steal_ns))
		result->steal_ns -= steal;
	enum block_status status = BLOCK_DONE;
	if (started < plan->threads)
		status = fail(plan, "the system cannot start more threads");
	else if (!collect(b, result, histogram))
		status = fail(plan, "a thread could not be set up");
	workers_free(b);
	return status;
}
