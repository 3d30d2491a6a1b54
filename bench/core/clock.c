/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <stdlib.h>
#include <time.h>

#include "median.h"

#define READS 4001

struct clock_facts clock_facts;

static uint64_t now_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* One calibration of 10 ms. Uses the raw clock, since the adjusted one may be slewed meanwhile. */
static double ns_per_tick_once(void)
{
	uint64_t ns = now_ns(CLOCK_MONOTONIC_RAW);
	uint64_t ticks = clock_begin();
	const struct timespec wait = {.tv_nsec = 10000000};
	nanosleep(&wait, NULL);
	ns = now_ns(CLOCK_MONOTONIC_RAW) - ns;
	ticks = clock_begin() - ticks;
	return (double)ns / (double)ticks;
}

static double ns_per_tick(void)
{
	double tries[5];
	for (int i = 0; i < 5; i++)
		tries[i] = ns_per_tick_once();
	return median_sort(tries, 5);
}

/*
 * The median of the differences above 0 between successive reads. The smallest would mislead: a
 * counter that advances by 26 every 10 ns may still differ by 1 between two reads.
 */
static uint64_t step_ticks(void)
{
	static uint64_t steps[READS];
	uint32_t n = 0;
	uint64_t last = clock_now();
	for (int i = 0; i < READS; i++) {
		uint64_t next = clock_now();
		if (next > last)
			steps[n++] = next - last;
		last = next;
	}
	if (n == 0)
		return 1;
	qsort(steps, n, sizeof(steps[0]), compare_u64);
	return steps[n / 2];
}

static uint64_t floor_ticks(void)
{
	static uint64_t reads[READS];
	for (int i = 0; i < READS; i++) {
		uint64_t begin = clock_begin();
		reads[i] = clock_end() - begin;
	}
	qsort(reads, READS, sizeof(reads[0]), compare_u64);
	return reads[READS / 2];
}

void clock_init(void)
{
	clock_facts.ns_per_tick = ns_per_tick();
	clock_facts.step_ns = clock_ns(step_ticks());
	clock_facts.floor_ns = clock_ns(floor_ticks());
}
