/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What inject.py puts before every instruction of the sections of rseq.h: a wait, as long as the test likes. Idea: RSEQ_INJECT_ASM of
 * librseq's tests. A gap of one instruction is hit by a signal once in many millions; a gap of 50 us, at once.
 */
#ifndef DELAY_H
#define DELAY_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#define DELAY_POINTS 24
#define DELAY_STOP 23 /* between STOP and membarrier; those before it are the sections' */

/* Rounds to wait at each point; the assembly reads them, and counts the sections that had to start over. */
static _Atomic uint32_t delays[DELAY_POINTS] __attribute__((used));
static _Atomic uint64_t aborts __attribute__((used));

/* Without a change to the flags: a point may stand between a comparison and its branch. */
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

/* In rseq_stop, up to 1 ms: a section may commit meanwhile, and write over STOP, even where two CPUs take turns on one. */
static inline void delay_stop(void)
{
	uint32_t n = atomic_load_explicit(&delays[DELAY_STOP], memory_order_relaxed); /* relaxed: as the sections read it */
	if (n > 0)
		nanosleep(&(const struct timespec){.tv_nsec = 16L * n}, NULL);
}

#endif
