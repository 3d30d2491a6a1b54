/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * storm: threads make callbacks while each receives signals at a fixed rate. Inside a callback, the
 * handler runs on the thread's m. Otherwise it borrows one, like Go's badsignal: also between the
 * callbacks of a thread with a bound m, which it does not use. So a get may come between any two
 * instructions of a callback where signals are not blocked. A list that is
 * used with signals unblocked hangs here (golang/go issue 42207), and the watchdog ends it.
 *
 * p50_ns and so on are the times of the threads' pairs, including signals during them. resp_p50_ns
 * and so on are the signals' response times, from the timer's due time to the end of the handler.
 * Rate 0 is the control. pairs counts the threads' pairs, not the handlers', which are at most one
 * per signal.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "needm_signal.h"
#include "workload.h"

#define SIGNAL (SIGRTMIN + 1) /* needm leaves SIGRTMIN open, so it would interrupt its own handler */
#define NS_PER_S UINT64_C(1000000000)
#define HZ_MAX 100000 /* above this, threads only handle signals */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The context, and the sum of all threads' storms. */
struct storm {
	uint64_t period_ns; /* 0: no signals */
	pthread_mutex_t lock;
	uint64_t signals;
	struct histogram responses, pairs;
};

/*
 * One thread's storm. Its thread and its handler use it in turn; volatile fields may change between
 * them.
 */
struct target {
	struct storm *storm;
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
	t->due_ns += (1 + (uint64_t)info->si_overrun) * t->storm->period_ns;
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
	enum needm_signal signal = needm_signal_enter(t->rt, t->rt->strategy);
	record(t, info);
	needm_signal_leave(t->rt, t->rt->strategy, signal);
	errno = saved;
}

static bool start_timer(struct target *t)
{
	uint64_t period_ns = t->storm->period_ns;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &t->timer) != 0)
		return false;
	t->due_ns = clock_monotonic_ns() + period_ns;
	struct itimerspec when = {
	    .it_value = {.tv_sec = (time_t)(t->due_ns / NS_PER_S), .tv_nsec = (long)(t->due_ns % NS_PER_S)},
	    .it_interval = {.tv_sec = (time_t)(period_ns / NS_PER_S), .tv_nsec = (long)(period_ns % NS_PER_S)},
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
	struct storm *storm = loop->context;
	if (storm->period_ns == 0)
		return true;
	struct target *t = calloc(1, sizeof(*t));
	if (t != NULL) {
		t->storm = storm;
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
	struct storm *storm = loop->context;
	if (t == NULL)
		return;
	timer_delete(t->timer);
	target = NULL;
	pthread_mutex_lock(&storm->lock);
	storm->signals += t->signals;
	histogram_add(&storm->responses, &t->responses);
	pthread_mutex_unlock(&storm->lock);
	free(t);
}

/* The handler stays installed, since threads of a hung block may still receive signals. */
static enum block_status run_with_handler(const struct block_plan *plan, struct block_result *result, struct storm *storm)
{
	struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
	struct sigaction before;
	sigfillset(&action.sa_mask); /* as for Go's handlers */
	sigaction(SIGNAL, &action, &before);
	enum block_status status = block_run(plan, result, &storm->pairs);
	if (status != BLOCK_HUNG)
		sigaction(SIGNAL, &before, NULL);
	return status;
}

static enum block_status body(struct workload_run *run, struct rig *rig, void *context)
{
	struct storm *storm = context;
	uint64_t hz = run->cell->signal_hz;
	struct block_result result;
	struct block_plan plan = workload_block_plan(run, rig, LOOPS_TIMED);
	plan.enter = enter;
	plan.leave = leave;
	plan.context = storm;
	storm->period_ns = hz > 0 ? NS_PER_S / hz : 0;
	pthread_mutex_init(&storm->lock, NULL);
	enum block_status status = run_with_handler(&plan, &result, storm);
	if (status != BLOCK_DONE)
		return status;
	workload_fill_block(run->row, &result);
	workload_fill_tail(run->row, &storm->pairs);
	workload_fill_responses(run->row, &storm->responses);
	run->row->signals = storm->signals;
	return BLOCK_DONE;
}

static enum block_status run_storm(struct workload_run *run)
{
	if (run->cell->signal_hz <= HZ_MAX)
		return workload_on_rig(run, body, sizeof(struct storm));
	fprintf(stderr, "extram-bench: %" PRIu64 " signals a second are too many for storm: the limit is %d\n", run->cell->signal_hz,
		HZ_MAX);
	return BLOCK_FAILED;
}

static const struct workload_quantity quantities[] = {WORKLOAD_LATENCY("p50", p50_ns),
						      WORKLOAD_LATENCY("p99.9", p999_ns),
						      WORKLOAD_LATENCY("sig p50", resp_p50_ns),
						      WORKLOAD_LATENCY("sig p99", resp_p99_ns),
						      {.heading = NULL}};

#define HZ(...) .vary.signal_hz = WORKLOAD_AT(__VA_ARGS__)

/* clang-format off */
static const struct workload_group groups[] = {
	{WORKLOAD_FIELD, WORKLOAD_CALLBACK, WORKLOAD_CPUS, 2, 700, HZ(0, 1000)},
	{WORKLOAD_EVERY, WORKLOAD_CALLBACK, WORKLOAD_CPUS, 1, 150, HZ(1000)},
	{WORKLOAD_FULL, WORKLOAD_CALLBACK, WORKLOAD_SCALE, 5, 1000, HZ(0, 100, 1000, 10000)},
	{WORKLOAD_FULL, WORKLOAD_CALLBACK, WORKLOAD_OVER, 5, 1500, HZ(0, 100, 1000)},
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
    .run = run_storm,
};
