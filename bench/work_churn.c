/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * churn: a thread starts, makes a few callbacks, tells the list that it leaves, and ends. Then the
 * next thread of its line starts. Several lines run in parallel for a fixed time. A program with
 * one thread for each connection or request behaves like this (golang/go issues 13926 and 66564).
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "clock.h"
#include "real.h"
#include "usage.h"
#include "workload.h"

#define STACK_BYTES 262144

/* Static, because the threads of a hung block keep using it. */
struct churn {
	loops_run *callbacks;
	uint32_t calls;
	pthread_attr_t attr;
	_Atomic bool failed; /* the system cannot start more threads */
	pthread_mutex_t lock;
	struct histogram lives; /* of all lines: ticks from a thread's start to its end */
};
static struct churn churn = {.lock = PTHREAD_MUTEX_INITIALIZER};
static _Thread_local struct histogram *lives; /* of this line */

/*
 * One thread of a line. The line waits meanwhile, so this thread can use the line's loops_thread.
 */
static void *live(void *arg)
{
	struct loops_thread *t = arg;
	churn.callbacks(t, churn.calls);
	if (t->rt != NULL)
		t->rt->strategy->thread_exit(t->rt->list);
	return NULL;
}

/* The loop of a line: runs threads one after another. They inherit the line's CPU. */
static void run_line(struct loops_thread *t, uint64_t count)
{
	pthread_t thread;
	/* relaxed: a flag; no data goes with it. */
	for (; count > 0 && !atomic_load_explicit(&churn.failed, memory_order_relaxed); count--) {
		uint64_t begin = clock_now();
		if (pthread_create(&thread, &churn.attr, live, t) != 0) {
			/* relaxed: the final reader has joined this thread. */
			atomic_store_explicit(&churn.failed, true, memory_order_relaxed);
			return;
		}
		pthread_join(thread, NULL);
		histogram_record(lives, clock_now() - begin);
	}
}

static bool enter(struct loops_thread *t)
{
	(void)t;
	lives = calloc(1, sizeof(*lives));
	if (lives == NULL)
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
	return lives != NULL;
}

static void leave(struct loops_thread *t)
{
	(void)t;
	pthread_mutex_lock(&churn.lock);
	histogram_add(&churn.lives, lives);
	pthread_mutex_unlock(&churn.lock);
	free(lives);
}

static loops_run *callbacks_of(const struct cell *cell)
{
	int level = cell->level == RIG_CALLBACK ? LOOPS_CALLBACK : 0;
	return cell->loops->run[level | LOOPS_TIMED | (cell->hold_ns + cell->think_ns > 0 ? LOOPS_SPIN : 0)];
}

static struct block_plan plan_of(const struct workload_run *run, struct needm_runtime *rt)
{
	const struct cell *cell = run->cell;
	return (struct block_plan){
	    .run = run_line,
	    .rt = rt,
	    .topology = run->topology,
	    .placement = cell->placement,
	    .threads = cell->threads,
	    .hold_ns = cell->hold_ns,
	    .think_ns = cell->think_ns,
	    .block_ms = cell->block_ms,
	    .window_us = run->window_us,
	    .timed = true,
	    .abort = run->abort,
	    .enter = enter,
	    .leave = leave,
	};
}

/*
 * A line and its current thread keep waiting for each other's CPU, so no window is clean. If each
 * line has a CPU, the result is the median life. Otherwise threads wait for each other, which only
 * the mean shows.
 */
static double us_per_thread(const struct csv_row *row, const struct block_result *b)
{
	if (row->threads <= row->cpus)
		return workload_quantile(&churn.lives, 0.5) / 1e3;
	return b->pairs > 0 ? (double)b->wall_ns * (double)row->threads / (double)b->pairs / 1e3 : NAN;
}

/* The CPU time of the process is that of the lines and all their threads. */
static void fill(struct csv_row *row, const struct block_result *b, const struct usage *before, const struct usage *after)
{
	row->bound = b->bound;
	row->windows = 0;
	row->pairs = b->pairs * churn.calls;
	row->wall_ns = b->wall_ns;
	row->jain = b->jain;
	row->nvcsw = after->nvcsw - before->nvcsw;
	row->nivcsw = after->nivcsw - before->nivcsw;
	row->steal_ns = b->steal_ns;
	row->us_per_thread = us_per_thread(row, b);
	row->cpu_ns_per_pair = row->pairs > 0 ? (double)(after->cpu_ns - before->cpu_ns) / (double)row->pairs : NAN;
}

static enum workload_status run_block(struct workload_run *run, struct needm_runtime *rt, struct histogram *h)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	struct block_plan plan = plan_of(run, rt);
	struct block_result result;
	struct usage before = usage_of_process();
	enum block_status status = block_run(&plan, &result, h);
	struct usage after = usage_of_process();
	if (status != BLOCK_DONE)
		return statuses[status];
	/* relaxed: the threads have been joined. */
	if (atomic_load_explicit(&churn.failed, memory_order_relaxed)) {
		fprintf(stderr, "extram-bench: churn of %u lines failed: the system cannot start more threads\n", plan.threads);
		return WORKLOAD_FAILED;
	}
	fill(run->row, &result, &before, &after);
	workload_fill_tail(run->row, h);
	return WORKLOAD_DONE;
}

/* rt is NULL for a real runtime. */
static enum workload_status run_lines(struct workload_run *run, struct needm_runtime *rt)
{
	struct histogram *h = calloc(1, sizeof(*h));
	if (h == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		return WORKLOAD_FAILED;
	}
	churn.callbacks = callbacks_of(run->cell);
	churn.calls = run->cell->value;
	memset(&churn.lives, 0, sizeof(churn.lives));
	/* relaxed: no other thread uses it yet. */
	atomic_store_explicit(&churn.failed, false, memory_order_relaxed);
	pthread_attr_init(&churn.attr);
	pthread_attr_setstacksize(&churn.attr, STACK_BYTES);
	enum workload_status status = run_block(run, rt, h);
	free(h);
	if (status != WORKLOAD_HUNG)
		pthread_attr_destroy(&churn.attr);
	return status;
}

static enum workload_status run_strategy(struct workload_run *run)
{
	struct rig *rig = workload_rig(run);
	if (rig == NULL)
		return WORKLOAD_FAILED;
	enum workload_status status = run_lines(run, &rig->rt);
	if (status == WORKLOAD_HUNG)
		return status; /* hung threads still use the list */
	workload_fill_rig(run->row, rig);
	if (status != WORKLOAD_FAILED && !rig_conserved(rig))
		status = WORKLOAD_FAILED;
	rig_free(rig);
	return status;
}

static enum workload_status run_real(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	enum workload_status status = real_prefill(cell->prefill) ? run_lines(run, NULL) : WORKLOAD_FAILED;
	if (status == WORKLOAD_FAILED || status == WORKLOAD_HUNG)
		return status;
	real_fill(run->row, cell->real);
	run->row->tokens = real_library.facts.procs;
	return real_conserved(cell->real, cell->prefill) ? status : WORKLOAD_FAILED;
}

static const struct workload_quantity quantities[] = {
    WORKLOAD_QUANTITY("a thread", us_per_thread, UNITS_US), WORKLOAD_LATENCY("p99", p99_ns), {.heading = NULL}};

#define LIST WORKLOAD_LIST
#define CALLBACK WORKLOAD_CALLBACK
#define GROUP(in, at, of, repeat, ms)                                                                                                      \
	.set = OPTIONS_##in, .levels = (at), .threads = WORKLOAD_##of, .repetitions = (repeat), .block_ms = (ms)
#define CALLS(...) .values = {__VA_ARGS__}, .value_count = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

#define ONE_M .prefill = 1 /* as Go starts; at level list nothing makes more */

/* No calls: the cost of starting and ending a thread alone. */
/* clang-format off */
static const struct workload_group groups[] = {
	{GROUP(FIELD, CALLBACK, ENDS, 2, 100), CALLS(0), ONE_M},
	{GROUP(FIELD, CALLBACK, ENDS, 3, 100), CALLS(1, 10), ONE_M},
	{GROUP(FIELD, CALLBACK, OVER_MOST, 3, 200), CALLS(10), ONE_M},
	{GROUP(FIELD, LIST, CPUS, 3, 100), CALLS(1)},
	{GROUP(EVERY, CALLBACK, CPUS, 1, 60), CALLS(1), ONE_M},
	{GROUP(FULL, LIST, SCALE, 5, 300), CALLS(0, 1, 10, 100)},
	{GROUP(FULL, CALLBACK, SCALE, 5, 300), CALLS(0, 1, 10, 100), ONE_M},
	{GROUP(FULL, CALLBACK, OVER, 5, 500), CALLS(0, 1, 10, 100), ONE_M},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_churn = {
    .name = "churn",
    .question = "threads start, call and end: a line's time for each thread, and the time of a pair",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .axis = {"calls", offsetof(struct csv_row, calls)},
    .run = run_strategy,
    .run_real = run_real,
};
