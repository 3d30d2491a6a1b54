/* SPDX-License-Identifier: BSD-3-Clause */
/* The standard streams of a process that writes files: closed ones, full ones, and readers that have gone. */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include <stdbool.h>

/* Gives each standard stream that is closed something that fails on use; else the next file that is opened would take its place, and be
 * written to as that stream. Before any file is opened. Alone. */
void streams_hold(void);

/* May the process open some files more? Libraries that read the machine end it where they cannot. False: the cause was printed. Alone. */
bool streams_spare(void);

/* Writes out what standard output still keeps. False: something of it was lost; the first call prints the cause. Alone. */
bool streams_flush(void);

/* Was the loss of output printed already? */
bool streams_told(void);

#endif
