/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * churn: a thread starts, makes a few callbacks, tells the list that it leaves, and ends. Then the
 * next thread of its line starts. Several lines run in parallel for a fixed time. A program with
 * one thread for each connection or request behaves like this (golang/go issues 13926 and 66564).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "real.h"
#include "workload.h"

#define STACK_BYTES 262144

/* The context. */
struct churn {
	loops_run *callbacks;
	uint32_t calls;
	pthread_attr_t attr;
	_Atomic bool failed; /* the system cannot start more threads */
	pthread_mutex_t lock;
	struct histogram lives; /* of all lines: ticks from a thread's start to its end */
	struct histogram pairs;
};

/* The context of a line's thread. */
struct line {
	struct churn *churn;
	struct histogram lives;
};

/*
 * One thread of a line. The line waits meanwhile, so this thread can use the line's loops_thread.
 */
static void *live(void *arg)
{
	struct loops_thread *t = arg;
	const struct line *line = t->context;
	line->churn->callbacks(t, line->churn->calls);
	if (t->rt != NULL)
		needm_thread_exit(t->rt);
	return NULL;
}

/* The loop of a line: runs threads one after another. They inherit the line's CPU. */
static void run_line(struct loops_thread *t, uint64_t count)
{
	struct line *line = t->context;
	struct churn *churn = line->churn;
	pthread_t thread;
	/* relaxed: a flag; no data goes with it. */
	for (; count > 0 && !atomic_load_explicit(&churn->failed, memory_order_relaxed); count--) {
		uint64_t begin = clock_now();
		if (pthread_create(&thread, &churn->attr, live, t) != 0) {
			/* relaxed: the final reader has joined this thread. */
			atomic_store_explicit(&churn->failed, true, memory_order_relaxed);
			return;
		}
		pthread_join(thread, NULL);
		histogram_record(&line->lives, clock_now() - begin);
	}
}

static bool enter(struct loops_thread *t)
{
	struct line *line = calloc(1, sizeof(*line));
	if (line == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		return false;
	}
	line->churn = t->context;
	t->context = line;
	return true;
}

static void leave(struct loops_thread *t)
{
	struct line *line = t->context;
	pthread_mutex_lock(&line->churn->lock);
	histogram_add(&line->churn->lives, &line->lives);
	pthread_mutex_unlock(&line->churn->lock);
	free(line);
}

/*
 * A line and its current thread keep waiting for each other's CPU, so no window is clean. If each
 * line has a CPU, the result is the median life. Otherwise threads wait for each other, which only
 * the mean shows.
 */
static double us_per_thread(const struct csv_row *row, const struct churn *churn, const struct crew_total *total)
{
	if (row->threads <= row->cpus)
		return workload_quantile(&churn->lives, 0.5) / 1e3;
	return total->pairs > 0 ? (double)total->wall_ns * (double)row->threads / (double)total->pairs / 1e3 : NAN;
}

/* The CPU time of the process is that of the lines and all their threads. */
static void fill(struct csv_row *row, const struct churn *churn, const struct crew_total *total, const struct usage *used)
{
	workload_fill_total(row, total);
	row->windows = 0;
	row->pairs = total->pairs * churn->calls;
	row->jain = total->jain;
	row->nvcsw = used->nvcsw;
	row->nivcsw = used->nivcsw;
	row->run_wait_ns = CSV_EMPTY; /* of the lines alone */
	row->us_per_thread = us_per_thread(row, churn, total);
	row->cpu_ns_per_pair = row->pairs > 0 ? (double)used->cpu_ns / (double)row->pairs : NAN;
	workload_fill_tail(row, &churn->pairs);
}

static enum block_status run_lines(struct workload_run *run, struct block_plan *plan, struct churn *churn)
{
	struct block_result result;
	struct usage before = usage_of_process();
	enum block_status status = block_run(plan, &result, &churn->pairs);
	struct usage after = usage_of_process();
	if (status != BLOCK_DONE)
		return status;
	/* relaxed: the threads have been joined. */
	if (atomic_load_explicit(&churn->failed, memory_order_relaxed)) {
		fprintf(stderr, "extram-bench: churn of %u lines failed: the system cannot start more threads\n", plan->threads);
		return BLOCK_FAILED;
	}
	const struct usage used = {after.cpu_ns - before.cpu_ns, after.nvcsw - before.nvcsw, after.nivcsw - before.nivcsw};
	fill(run->row, churn, &result.total, &used);
	return BLOCK_DONE;
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct churn *churn = context;
	struct block_plan plan = workload_block_plan(run, rig, LOOPS_TIMED);
	churn->callbacks = plan.run;
	churn->calls = run->cell->calls;
	pthread_mutex_init(&churn->lock, NULL);
	pthread_attr_init(&churn->attr);
	pthread_attr_setstacksize(&churn->attr, STACK_BYTES);
	plan.run = run_line;
	plan.enter = enter;
	plan.leave = leave;
	plan.context = churn;
	enum block_status status = run_lines(run, &plan, churn);
	if (status != BLOCK_HUNG)
		pthread_attr_destroy(&churn->attr);
	return status;
}

static enum block_status run_strategy(struct workload_run *run)
{
	return workload_on_rig(run, body, sizeof(struct churn));
}

static enum block_status run_real(struct workload_run *run)
{
	run->row->tokens = real_library.facts.procs;
	return real_on_list(run, body, sizeof(struct churn));
}

static const struct workload_quantity quantities[] = {
    WORKLOAD_QUANTITY("a thread", us_per_thread, UNITS_US), WORKLOAD_LATENCY("p99", p99_ns), {.heading = NULL}};

#define LIST WORKLOAD_LIST
#define CALLBACK WORKLOAD_CALLBACK
#define CALLS(...) .vary.calls = WORKLOAD_AT(__VA_ARGS__)

#define ONE_M .prefill = 1 /* as Go starts; at level list nothing makes more */

/* No calls: the cost of starting and ending a thread alone. */
/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, CALLBACK, WORKLOAD_ENDS, 2, 100, CALLS(0), ONE_M},
	{WORKLOAD_FIELD, CALLBACK, WORKLOAD_ENDS, 3, 100, CALLS(1, 10), ONE_M},
	{WORKLOAD_FIELD, CALLBACK, WORKLOAD_OVER_MOST, 3, 200, CALLS(10), ONE_M},
	{WORKLOAD_FIELD, LIST, WORKLOAD_CPUS, 3, 100, CALLS(1)},
	{WORKLOAD_EVERY, CALLBACK, WORKLOAD_CPUS, 1, 60, CALLS(1), ONE_M},
	{WORKLOAD_FULL, LIST, WORKLOAD_SCALE, 5, 300, CALLS(0, 1, 10, 100)},
	{WORKLOAD_FULL, CALLBACK, WORKLOAD_SCALE, 5, 300, CALLS(0, 1, 10, 100), ONE_M},
	{WORKLOAD_FULL, CALLBACK, WORKLOAD_OVER, 5, 500, CALLS(0, 1, 10, 100), ONE_M},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_churn = {
    .name = "churn",
    .question = "threads start, call and end: a line's time for each thread, and the time of a pair",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .run = run_strategy,
    .run_real = run_real,
};
