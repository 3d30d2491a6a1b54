/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clock of the measured loops: the CPU's counter, read in user space and calibrated against the
 * kernel's clock.
 */
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
	double step_ns;  /* smallest difference between two reads: the resolution */
	double floor_ns; /* median of clock_end() - clock_begin() around no code */
};

/* Valid after clock_init. */
extern struct clock_facts clock_facts;

/* Calibrates the clock. Takes about 60 ms. Call once, before any other function here. */
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

/* An unordered read: it may move by a few instructions. Fit for batches of microseconds. */
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

/* An ordered read: all earlier instructions are complete, and no later one has begun. */
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

/* Ordered like clock_begin. rdtscp itself waits for earlier instructions. */
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
