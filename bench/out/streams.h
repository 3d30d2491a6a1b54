/* SPDX-License-Identifier: BSD-3-Clause */
/* Safe standard streams: handles streams that are closed or full, or whose reader has gone. */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include <stdbool.h>

/*
 * Replaces each closed standard stream with one that fails on use. Otherwise the next file opened
 * would get its descriptor and receive its output. Call before opening any file. Not thread-safe.
 */
void streams_hold(void);

/*
 * Checks that the process can open some more files; libraries that read the machine abort if they
 * cannot. Not thread-safe. False: the cause was printed.
 */
bool streams_spare(void);

/*
 * Flushes standard output. Not thread-safe. False: output was lost; the first failing call prints
 * the cause.
 */
bool streams_flush(void);

/* Reports whether the loss of output was already printed. */
bool streams_told(void);

#endif
