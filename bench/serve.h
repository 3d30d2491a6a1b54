/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measures on command, for a program that alternates between two builds. Each command is one line,
 * and so is its answer. A block is a fixed number of pairs, so that both builds do the same work.
 * The list and its ms are kept from block to block.
 *
 *   command          answer
 *   hello            ok VERSION GIT_REV BUILD_ID FINGERPRINT CPUS CELLS
 *   cell INDEX       ok THREADS NAME     INDEX counts from 0, in the order of --list
 *   units            ok SPIN_ROUNDS_PER_US NS_PER_TICK
 *   units S N        ok                  uses another process's units, so that hold and think are
 *                                        the same number of rounds in both
 *   select NAME      ok                  leaves the previous cell and makes a list with ms for this
 *   plant PS         ok                  adds PS picoseconds of work to every later pair; uses
 *                                        separate loops, even for 0
 *   plant none       ok                  returns to the usual loops
 *   run PAIRS        ok ELAPSED_NS THREAD_NS RUN_WAIT_NS NVCSW NIVCSW STEAL_NS
 *                                        each thread runs PAIRS pairs. ELAPSED_NS is the time from
 *                                        the common start to the last thread's end. THREAD_NS is
 *                                        the time running, or asleep by choice. STEAL_NS is the
 *                                        whole machine's, 0 if unknown; the others are sums over
 *                                        the threads. RUN_WAIT_NS is the word unknown if the kernel
 *                                        does not report it
 *   leave            ok                  leaves the cell
 *
 * The answer to a command that fails is "error WHY". Leaving a cell fails if an m was lost or
 * duplicated.
 */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <stdio.h>

#include "cells.h"

/* How serving ended. */
enum serve_end {
	SERVE_DONE,
	SERVE_BLOCK_FAILED, /* a block failed or hung, or an m was lost or duplicated; the answer or a message said so */
	SERVE_NO_INPUT,     /* the input cannot be read; the cause was printed */
};

/*
 * Serves until the end of in, or until writing an answer fails, which sets out's error flag. Not
 * thread-safe.
 */
enum serve_end serve_run(const struct cells *cells, const struct topology *topology, FILE *in, FILE *out);

#endif
