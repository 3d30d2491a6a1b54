/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * storm: threads make callbacks while each receives signals at a fixed rate. If the thread has an
 * m, the handler runs on it. Otherwise the handler borrows one, like Go's badsignal. So a get may
 * come between any two instructions of a callback where signals are not blocked. A list that is
 * used with signals unblocked hangs here (golang/go issue 42207), and the watchdog ends it.
 *
 * p50_ns and so on are the times of the threads' pairs, including signals during them. resp_p50_ns
 * and so on are the signals' response times, from the timer's due time to the end of the handler.
 * Rate 0 is the control. pairs counts the threads' pairs, not the handlers', which are at most one
 * per signal.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "clock.h"
#include "workload.h"

#define SIGNAL (SIGRTMIN)
#define NS_PER_S UINT64_C(1000000000)
#define HZ_MAX 100000 /* above this, threads only handle signals */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The sum of all threads' storms. Static, because the threads of a hung block keep using it. */
struct storm {
	uint64_t period_ns; /* 0: no signals */
	pthread_mutex_t lock;
	uint64_t signals;
	struct histogram responses;
};
static struct storm storm = {.lock = PTHREAD_MUTEX_INITIALIZER};

/*
 * One thread's storm. Its thread and its handler use it in turn; volatile fields may change between
 * them.
 */
struct target {
	struct needm_runtime *rt;
	timer_t timer;
	uint64_t due_ns; /* due time of the next signal */
	uint64_t signals;
	struct histogram responses;
};
static _Thread_local struct target *volatile target;

/*
 * The signal was due when its timer first expired. Later expiries while it was pending are its
 * overrun.
 */
static void record(struct target *t, const siginfo_t *info)
{
	uint64_t now = clock_monotonic_ns();
	histogram_record(&t->responses, now > t->due_ns ? clock_ticks((double)(now - t->due_ns)) : 0);
	t->due_ns += (1 + (uint64_t)info->si_overrun) * storm.period_ns;
	t->signals++;
}

/* Go: sigtrampgo, badsignal. A handler never refills. */
static void handle(int sig, siginfo_t *info, void *context)
{
	struct target *t = target;
	int saved = errno;
	(void)sig, (void)context;
	if (t == NULL)
		return; /* sent before the timer was deleted */
	bool borrowed = needm_g == NULL;
	if (borrowed)
		needm(t->rt, t->rt->strategy);
	record(t, info);
	if (borrowed)
		dropm(t->rt, t->rt->strategy);
	errno = saved;
}

static bool start_timer(struct target *t)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &t->timer) != 0)
		return false;
	t->due_ns = clock_monotonic_ns() + storm.period_ns;
	struct itimerspec when = {
	    .it_value = {.tv_sec = (time_t)(t->due_ns / NS_PER_S), .tv_nsec = (long)(t->due_ns % NS_PER_S)},
	    .it_interval = {.tv_sec = (time_t)(storm.period_ns / NS_PER_S), .tv_nsec = (long)(storm.period_ns % NS_PER_S)},
	};
	target = t;
	if (timer_settime(t->timer, TIMER_ABSTIME, &when, NULL) == 0)
		return true;
	target = NULL;
	timer_delete(t->timer);
	return false;
}

static bool enter(struct loops_thread *loop)
{
	if (storm.period_ns == 0)
		return true;
	struct target *t = calloc(1, sizeof(*t));
	if (t != NULL) {
		t->rt = loop->rt;
		if (start_timer(t))
			return true;
	}
	fprintf(stderr, "extram-bench: cannot make a timer for a thread: %s\n", strerror(errno));
	free(t);
	return false;
}

/* A pending signal arrives by the end of timer_delete, since it is not blocked here. */
static void leave(struct loops_thread *loop)
{
	struct target *t = target;
	(void)loop;
	if (t == NULL)
		return;
	timer_delete(t->timer);
	target = NULL;
	pthread_mutex_lock(&storm.lock);
	storm.signals += t->signals;
	histogram_add(&storm.responses, &t->responses);
	pthread_mutex_unlock(&storm.lock);
	free(t);
}

static struct block_plan plan_of(const struct workload_run *run, struct needm_runtime *rt)
{
	const struct cell *cell = run->cell;
	return (struct block_plan){
	    .run = cell->loops->run[LOOPS_CALLBACK | LOOPS_TIMED | (cell->hold_ns + cell->think_ns > 0 ? LOOPS_SPIN : 0)],
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

static void fill(struct csv_row *row, const struct block_result *b)
{
	const struct histogram *h = &storm.responses;
	row->bound = b->bound;
	row->windows = b->windows;
	row->windows_clean = b->windows_clean;
	row->pairs = b->pairs;
	row->wall_ns = b->wall_ns;
	row->pairs_per_s = b->pairs_per_s;
	row->cpu_ns_per_pair = b->cpu_ns_per_pair;
	row->jain = b->jain;
	row->nvcsw = b->nvcsw;
	row->nivcsw = b->nivcsw;
	row->run_wait_ns = b->run_wait_ns;
	row->steal_ns = b->steal_ns;
	row->signals = storm.signals;
	row->resp_p50_ns = workload_quantile(h, 0.5);
	row->resp_p90_ns = workload_quantile(h, 0.9);
	row->resp_p99_ns = workload_quantile(h, 0.99);
	row->resp_p999_ns = workload_quantile(h, 0.999);
	row->resp_p9999_ns = workload_quantile(h, 0.9999);
	row->resp_max_ns = h->total > 0 ? clock_ns(h->max) : NAN;
}

static enum workload_status run_block(struct workload_run *run, struct needm_runtime *rt)
{
	static const enum workload_status statuses[] = {WORKLOAD_DONE, WORKLOAD_FAILED, WORKLOAD_HUNG};
	struct block_plan plan = plan_of(run, rt);
	struct block_result result;
	struct histogram *h = calloc(1, sizeof(*h));
	if (h == NULL) {
		fprintf(stderr, "extram-bench: no memory for a histogram\n");
		return WORKLOAD_FAILED;
	}
	enum block_status status = block_run(&plan, &result, h);
	if (status == BLOCK_DONE) {
		fill(run->row, &result);
		workload_fill_tail(run->row, h);
	}
	free(h);
	return statuses[status];
}

/* The handler stays installed, since threads of a hung block may still receive signals. */
static enum workload_status run_with_handler(struct workload_run *run, struct needm_runtime *rt)
{
	struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
	struct sigaction before;
	sigfillset(&action.sa_mask); /* as for Go's handlers */
	sigaction(SIGNAL, &action, &before);
	enum workload_status status = run_block(run, rt);
	if (status != WORKLOAD_HUNG)
		sigaction(SIGNAL, &before, NULL);
	return status;
}

static bool set_up(uint32_t hz)
{
	if (hz > HZ_MAX) {
		fprintf(stderr, "extram-bench: %u signals a second are too many for storm: the limit is %d\n", hz, HZ_MAX);
		return false;
	}
	storm.period_ns = hz > 0 ? NS_PER_S / hz : 0;
	storm.signals = 0;
	memset(&storm.responses, 0, sizeof(storm.responses));
	return true;
}

static enum workload_status run_storm(struct workload_run *run)
{
	const struct cell *cell = run->cell;
	struct rig *rig = set_up(cell->value) ? workload_rig(run) : NULL;
	if (rig == NULL)
		return WORKLOAD_FAILED;
	enum workload_status status = run_with_handler(run, &rig->rt);
	if (status == WORKLOAD_HUNG)
		return status; /* hung threads still use the list */
	workload_fill_rig(run->row, rig);
	if (status != WORKLOAD_FAILED && !rig_conserved(rig))
		status = WORKLOAD_FAILED;
	rig_free(rig);
	return status;
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("p99.9", p999_ns),
						      WORKLOAD_LATENCY("sig p50", resp_p50_ns),
						      WORKLOAD_LATENCY("sig p99", resp_p99_ns),
						      {.heading = NULL}};

#define GROUP(in, of, repeat, ms)                                                                                                          \
	.set = OPTIONS_##in, .levels = WORKLOAD_CALLBACK, .threads = WORKLOAD_##of, .repetitions = (repeat), .block_ms = (ms)
#define WITHOUT_AND_WITH .values = {0, 1000}, .value_count = 2

/* clang-format off */
static const struct workload_group groups[] = {
	{GROUP(FIELD, CPUS, 2, 700), WITHOUT_AND_WITH},
	{GROUP(EVERY, CPUS, 1, 150), .values = {1000}, .value_count = 1},
	{GROUP(FULL, SCALE, 5, 1000), .values = {0, 100, 1000, 10000}, .value_count = 4},
	{GROUP(FULL, OVER, 5, 1500), .values = {0, 100, 1000}, .value_count = 3},
	{.repetitions = 0},
};
/* clang-format on */

const struct workload workload_storm = {
    .name = "storm",
    .question = "signals whose handlers call: time of a pair and of a signal",
    .quantities = quantities,
    .groups = groups,
    .threads_max = 32,
    .fifo_max = 1, /* a handler that sleeps in a queue may still sleep when the next signal arrives */
    .axis = {"signal_hz", offsetof(struct csv_row, signal_hz)},
    .run = run_storm,
};
