/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measures by command, for a program that alternates two builds: one line in, one line out. A block is a fixed number of pairs, so that
 * two builds do the same work; the list and its ms stay from block to block.
 *
 *   command          answer
 *   hello            ok VERSION GIT_REV BUILD_ID FINGERPRINT CPUS CELLS
 *   cell INDEX       ok THREADS NAME     from 0, in the order of --list
 *   units            ok SPIN_ROUNDS_PER_US NS_PER_TICK
 *   units S N        ok                  what another process has measured: hold and think then are the same number of rounds in both
 *   select NAME      ok                  leaves the last cell, and makes a list with ms for this one
 *   plant PS         ok                  from now on PS picoseconds of work in every pair, in loops of their own even for 0
 *   plant none       ok                  the usual loops again
 *   run PAIRS        ok ELAPSED_NS THREAD_NS RUN_WAIT_NS NVCSW NIVCSW STEAL_NS
 *                                        so many pairs for each thread; elapsed from the common start to the last thread's end,
 *                                        the others summed over the threads; thread is running, or asleep by its own will;
 *                                        steal of the whole machine, 0 if unknown; RUN_WAIT_NS is the word unknown where the
 *                                        kernel does not tell
 *   leave            ok                  leaves the cell
 *
 * A command that cannot be done is answered with "error WHY". Leaving a cell fails if an m was lost or doubled.
 */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <stdio.h>

#include "cells.h"

/* How serving ended. */
enum serve_end {
	SERVE_DONE,
	SERVE_BLOCK_FAILED, /* a block hung or could not run, or a cell lost an m or had one twice; the answer said so, or a line did */
	SERVE_NO_INPUT,     /* in cannot be read; the cause was printed */
};

/* Serves until the end of in, or until an answer cannot be written, which out keeps as its error. Alone. */
enum serve_end serve_run(const struct cells *cells, const struct topology *topology, FILE *in, FILE *out);

#endif
