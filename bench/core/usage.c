/* SPDX-License-Identifier: BSD-3-Clause */
#include "usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static struct usage usage_of(clockid_t clock, int who)
{
	struct timespec cpu;
	struct rusage r;
	clock_gettime(clock, &cpu);
	getrusage(who, &r);
	return (struct usage){
	    .cpu_ns = (uint64_t)cpu.tv_sec * 1000000000U + (uint64_t)cpu.tv_nsec,
	    .nvcsw = (uint64_t)r.ru_nvcsw,
	    .nivcsw = (uint64_t)r.ru_nivcsw,
	};
}

struct usage usage_now(void)
{
	return usage_of(CLOCK_THREAD_CPUTIME_ID, RUSAGE_THREAD);
}

struct usage usage_of_process(void)
{
	return usage_of(CLOCK_PROCESS_CPUTIME_ID, RUSAGE_SELF);
}

const char usage_no_schedstat[] =
    "/proc/thread-self/schedstat cannot be read or does not change: the noise filter is off, and a busy machine's times may look clean";

/* Set before the threads that read it start. */
static bool schedstat_broken;

int usage_open_schedstat(void)
{
	return schedstat_broken ? -1 : open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

/* Three numbers: time on a CPU, time waiting for a CPU, time slices. */
static bool read_schedstat(int schedstat, uint64_t *ran, uint64_t *waited)
{
	char text[96];
	char *end;
	ssize_t n = schedstat < 0 ? -1 : pread(schedstat, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*ran = strtoull(text, &end, 10);
	if (end == text || *end != ' ')
		return false;
	*waited = strtoull(end, NULL, 10);
	return true;
}

/*
 * Reads a thread's CPU time in ns, the first number of a schedstat file. False: it cannot be read.
 */
static bool ran_ns(int schedstat, uint64_t *ns)
{
	uint64_t waited;
	return read_schedstat(schedstat, ns, &waited);
}

bool usage_run_wait_ns(int schedstat, uint64_t *ns)
{
	uint64_t ran;
	/* A kernel without the statistics reports 0 0 0. */
	return read_schedstat(schedstat, &ran, ns) && (ran != 0 || *ns != 0);
}

/* The kernel updates the sum when a thread leaves its CPU, so this thread yields now and then. */
static void use_cpu(uint64_t ns)
{
	struct usage begin = usage_now();
	while (usage_now().cpu_ns - begin.cpu_ns < ns)
		;
	nanosleep(&(const struct timespec){.tv_nsec = 1}, NULL);
}

void usage_allow_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

bool usage_check_schedstat(void)
{
	enum { TRIES = 3, RUN_NS = 1000000 };
	uint64_t before = 0;
	uint64_t after = 0;
	schedstat_broken = false;
	int schedstat = usage_open_schedstat();
	bool ok = ran_ns(schedstat, &before);
	bool grows = false;
	for (int i = 0; ok && !grows && i < TRIES; i++) {
		use_cpu(RUN_NS);
		ok = ran_ns(schedstat, &after);
		grows = ok && after > before;
	}
	if (schedstat >= 0)
		close(schedstat);
	schedstat_broken = !grows;
	return grows;
}

bool usage_steal_ns(uint64_t *ns)
{
	unsigned long long steal;
	FILE *f = fopen("/proc/stat", "re");
	if (f == NULL)
		return false;
	bool ok = fscanf(f, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) == 1;
	fclose(f);
	*ns = ok ? steal * (1000000000U / (uint64_t)sysconf(_SC_CLK_TCK)) : 0;
	return ok;
}
