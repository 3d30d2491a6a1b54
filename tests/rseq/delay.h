/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wait that inject.py puts before every instruction of the sections of rseq.h. The test sets
 * how long. Idea: RSEQ_INJECT_ASM of librseq's tests. A signal hits a gap of one instruction once
 * in many millions of times; it hits a gap of 50 us at once.
 */
#ifndef DELAY_H
#define DELAY_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#define DELAY_POINTS 24
#define DELAY_STOP 23 /* between STOP and membarrier; lower points are the sections' */

/* Rounds to wait at each point. The assembly reads them, and counts the sections that started
 * over. */
static _Atomic uint32_t delays[DELAY_POINTS] __attribute__((used));
static _Atomic uint64_t aborts __attribute__((used));

/* Does not change the flags, because a point may stand between a comparison and its branch. */
#ifdef __x86_64__
#define RSEQ_DELAY(point) "movl delays+4*" #point "(%%rip), %%ecx\n7: jrcxz 8f\nleaq -1(%%rcx), %%rcx\njmp 7b\n8: "
#define RSEQ_COUNT_ABORT "lock incq aborts(%%rip)\n"
#define RSEQ_DELAY_CLOBBERS "rcx"
#else
#define RSEQ_DELAY(point) "adrp x9, delays\nadd x9, x9, :lo12:delays\nldr w9, [x9, #4*" #point "]\n7: cbz w9, 8f\nsub w9, w9, #1\nb 7b\n8: "
#define RSEQ_COUNT_ABORT                                                                                                                   \
	"adrp x9, aborts\nadd x9, x9, :lo12:aborts\n7: ldxr x10, [x9]\nadd x10, x10, #1\nstxr w11, x10, [x9]\ncbnz w11, 7b\n"
#define RSEQ_DELAY_CLOBBERS "x9", "x10", "x11"
#endif

/* In rseq_stop, up to 1 ms. A section may commit meanwhile and overwrite STOP, even where two CPUs
 * take turns on one. */
static inline void delay_stop(void)
{
	uint32_t n = atomic_load_explicit(&delays[DELAY_STOP], memory_order_relaxed); /* relaxed, like the sections' reads */
	if (n > 0)
		nanosleep(&(const struct timespec){.tv_nsec = 16L * n}, NULL);
}

#endif
