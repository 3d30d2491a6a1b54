/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock of the measured loops: the CPU's own counter, read in user space, calibrated against the kernel's clock. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#elif !defined(__aarch64__)
#error "the clock is written for x86-64 and arm64"
#endif

struct clock_facts {
	double ns_per_tick;
	double step_ns;  /* difference between reads in a row: no less can be told apart */
	double floor_ns; /* median of clock_end() - clock_begin() with nothing between */
};

/* Valid after clock_init. */
extern struct clock_facts clock_facts;

/* Measures the facts; takes about 60 ms. Once, from one thread, before all else here. */
void clock_init(void);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t clock_monotonic_ns(void);

static inline double clock_ns(uint64_t ticks)
{
	return (double)ticks * clock_facts.ns_per_tick;
}

static inline uint64_t clock_ticks(double ns)
{
	return (uint64_t)(ns / clock_facts.ns_per_tick);
}

/* A read that may move by a few instructions: for batches of microseconds. */
static inline uint64_t clock_now(void)
{
#if defined(__x86_64__)
	return __rdtsc();
#else
	uint64_t ticks;
	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#endif
}

/* What comes before in the program is done when this reads, and nothing that comes after has begun. */
static inline uint64_t clock_begin(void)
{
#if defined(__x86_64__)
	_mm_lfence();
	uint64_t ticks = __rdtsc();
	_mm_lfence();
	return ticks;
#else
	uint64_t ticks;
	__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
	return ticks;
#endif
}

/* As clock_begin; rdtscp waits for what comes before by itself. */
static inline uint64_t clock_end(void)
{
#if defined(__x86_64__)
	unsigned cpu;
	uint64_t ticks = __rdtscp(&cpu);
	_mm_lfence();
	return ticks;
#else
	return clock_begin();
#endif
}

#endif
