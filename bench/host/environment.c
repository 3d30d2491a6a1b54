/* SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sysfile.h"

/* Fields of a line of /proc/stat. Guests' time, which follows, is part of user and nice. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

static uint64_t tick_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);
	return 1000000000U / (uint64_t)(hz > 0 ? hz : 100);
}

static uint64_t clock_of(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static uint64_t own_ns(void)
{
	struct rusage r;
	getrusage(RUSAGE_CHILDREN, &r);
	uint64_t children_us =
	    (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000U + (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
	return clock_of(CLOCK_PROCESS_CPUTIME_ID) + children_us * 1000U;
}

static void add_line(struct environment *now, const char *line, const struct environment_cpus *cpus)
{
	unsigned cpu;
	uint64_t ticks[FIELDS] = {0};
	int n =
	    sscanf(line, "cpu%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &cpu,
		   &ticks[USER], &ticks[NICE], &ticks[SYSTEM], &ticks[IDLE], &ticks[IOWAIT], &ticks[IRQ], &ticks[SOFTIRQ], &ticks[STEAL]);
	if (n < 1 + IDLE + 1 || !CPU_ISSET_S(cpu, cpus->bytes, cpus->set))
		return;
	now->cpus++;
	now->idle_ns += (ticks[IDLE] + ticks[IOWAIT]) * tick_ns();
	for (int i = 0; i < FIELDS; i++)
		now->all_ns += ticks[i] * tick_ns();
}

void environment_read(struct environment *now, const char *root, const struct environment_cpus *cpus)
{
	char line[512];
	*now = (struct environment){.known = false};
	FILE *f = sysfile_open(root, "/proc/stat");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		add_line(now, line, cpus);
	if (f != NULL)
		fclose(f);
	now->wall_ns = clock_of(CLOCK_MONOTONIC);
	now->own_ns = own_ns();
	now->known = now->cpus > 0 && now->all_ns > 0;
}

void environment_read_here(struct environment *now)
{
	*now = (struct environment){.known = false};
	for (unsigned most = 1024; most <= 1U << 20; most *= 2) {
		cpu_set_t *set = CPU_ALLOC(most);
		size_t bytes = CPU_ALLOC_SIZE(most);
		bool ok = set != NULL && sched_getaffinity(0, bytes, set) == 0;
		if (ok)
			environment_read(now, "", &(const struct environment_cpus){set, bytes});
		bool small = set != NULL && !ok && errno == EINVAL;
		CPU_FREE(set);
		if (!small)
			return;
	}
}

static double since(uint64_t before, uint64_t after)
{
	return (double)after - (double)before;
}

double environment_foreign(const struct environment *before, const struct environment *after, double *much)
{
	double all = since(before->wall_ns, after->wall_ns) * after->cpus;
	double ticks = (double)tick_ns() * after->cpus;
	*much = NAN;
	/* A CPU was added or removed, or the file does not change. */
	if (!before->known || !after->known || before->cpus != after->cpus || all <= 0 ||
	    since(before->all_ns, after->all_ns) < all / 2 - ticks)
		return NAN;
	*much = ENVIRONMENT_FOREIGN_SHARE + ticks / all;
	double foreign = all - since(before->idle_ns, after->idle_ns) - since(before->own_ns, after->own_ns);
	return fmin(fmax(foreign / all, 0), 1);
}

int environment_judge(const struct environment_block *block)
{
	bool windows = block->windows_clean != UINT64_MAX && block->windows > 0;
	bool waits = block->run_wait_ns != UINT64_MAX && block->threads <= block->cpus;
	if (windows) /* other work only costs it windows */
		return block->shared || (double)block->windows_clean < ENVIRONMENT_CLEAN_SHARE * (double)block->windows;
	if (!isnan(block->foreign_share) && block->foreign_share > block->foreign_much)
		return ENVIRONMENT_DISTURBED;
	if (waits && (double)block->run_wait_ns > ENVIRONMENT_WAIT_SHARE * (double)block->wall_ns * block->threads)
		return ENVIRONMENT_DISTURBED;
	return isnan(block->foreign_share) && !waits ? ENVIRONMENT_UNKNOWN : ENVIRONMENT_QUIET;
}
