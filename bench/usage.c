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

int usage_open_schedstat(void)
{
	return open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

bool usage_run_wait_ns(int schedstat, uint64_t *ns)
{
	char text[96];
	ssize_t n = schedstat < 0 ? -1 : pread(schedstat, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* Three numbers: time on a CPU, time ready and waiting, turns. A kernel without the statistics says 0 0 0. */
	char *at = text;
	uint64_t ran = strtoull(at, &at, 10);
	*ns = strtoull(at, &at, 10);
	return ran != 0 || *ns != 0;
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
