/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of programs that the simulated machine is linked into. A test goes on after a failure. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

extern int check_failures;

static inline void check(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("FAILED: line %d: %s\n", line, what);
	check_failures++;
}

static inline void check_is(uint64_t is, uint64_t expected, const char *what, int line)
{
	if (is == expected)
		return;
	printf("FAILED: line %d: %s is %llu, not %llu\n", line, what, (unsigned long long)is, (unsigned long long)expected);
	check_failures++;
}

#define CHECK(condition) check(condition, #condition, __LINE__)
#define CHECK_IS(value, expected) check_is(value, expected, #value, __LINE__)

#endif
