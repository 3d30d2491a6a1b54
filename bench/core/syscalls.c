/* SPDX-License-Identifier: BSD-3-Clause */
#include "syscalls.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's size, which differs from glibc's. */
#define SIGSET_BYTES 8

static bool yield(void)
{
	return syscall(SYS_sched_yield) == 0;
}

static bool sleeps(void)
{
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &(const struct timespec){0}, NULL) == 0;
}

static bool mask(void)
{
	uint64_t old;
	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &old, SIGSET_BYTES) == 0;
}

static bool stack(void)
{
	stack_t old;
	return sigaltstack(NULL, &old) == 0;
}

static bool tid(void)
{
	return syscall(SYS_gettid) > 0;
}

static bool cpu_time(void)
{
	struct timespec now;
	return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0;
}

static bool usage(void)
{
	struct rusage now;
	return getrusage(RUSAGE_THREAD, &now) == 0;
}

static const struct {
	const char *name;
	bool (*ask)(void);
} calls[] = {
    {"sched_yield", yield}, {"clock_nanosleep", sleeps}, {"rt_sigprocmask", mask}, {"sigaltstack", stack},
    {"gettid", tid},        {"clock_gettime", cpu_time}, {"getrusage", usage},
};

bool syscalls_ask(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!calls[i].ask()) {
			fprintf(stderr, "extram-bench: measuring needs the system call %s, which is refused: %s\n", calls[i].name,
				strerror(errno));
			return false;
		}
	return true;
}
