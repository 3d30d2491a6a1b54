/* SPDX-License-Identifier: BSD-3-Clause */
#include "storm.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static _Atomic uint64_t signals, moves; /* relaxed everywhere: numbers to print */

static _Thread_local struct {
	void (*handler)(unsigned id);
	unsigned id;
	uint32_t random;
	timer_t timer;
} mine;

static void arm(void)
{
	mine.random = mine.random * 1664525 + 1013904223;
	struct itimerspec in = {.it_value.tv_nsec = 50000 + (mine.random >> 13)};
	timer_settime(mine.timer, 0, &in, NULL);
}

static void on_signal(int signal)
{
	(void)signal;
	int err = errno;
	mine.handler(mine.id);
	atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed);
	arm();
	errno = err;
}

static void mask(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(how, &set, NULL);
}

void storm_enter(unsigned id, void (*handler)(unsigned id))
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
	event.sigev_notify_thread_id = gettid();
	mine.handler = handler;
	mine.id = mine.random = id;
	sigaction(SIGALRM, &action, NULL);
	mask(SIG_UNBLOCK);
	int err = timer_create(CLOCK_MONOTONIC, &event, &mine.timer);
	check(err == 0, "no timer: error %d", errno);
	arm();
}

void storm_leave(void)
{
	mask(SIG_BLOCK);
	timer_delete(mine.timer);
}

void storm_blow(struct worker *w, struct worker *crew)
{
	struct worker *who = &crew[worker_random(w) % crew->of];
	unsigned n = worker_random(w) % (crew_cpus() + 1);
	bool moved = crew_move(who->thread, n == crew_cpus() ? -1 : crew_cpu(n)) == 0;
	atomic_fetch_add_explicit(&moves, moved, memory_order_relaxed);
	nanosleep(&(const struct timespec){.tv_nsec = worker_random(w) % 500000}, NULL);
}

struct timespec storm_in(unsigned milliseconds)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	uint64_t ns = (uint64_t)now.tv_nsec + (uint64_t)milliseconds * 1000000;
	return (struct timespec){.tv_sec = now.tv_sec + (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
}

bool storm_over(const struct timespec *end)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec != end->tv_sec ? now.tv_sec > end->tv_sec : now.tv_nsec >= end->tv_nsec;
}

uint64_t storm_signals(void)
{
	return atomic_load_explicit(&signals, memory_order_relaxed);
}

uint64_t storm_moves(void)
{
	return atomic_load_explicit(&moves, memory_order_relaxed);
}
