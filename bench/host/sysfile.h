/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads files of /proc and /sys. root is prepended to every path: "" for this machine, or a folder
 * of fake files in tests. Nothing here blocks. Thread-safe.
 */
#ifndef BENCH_SYSFILE_H
#define BENCH_SYSFILE_H

#include <stddef.h>
#include <stdio.h>

/* Opens a file for reading. NULL: it cannot be opened. */
FILE *sysfile_open(const char *root, const char *path);

/*
 * The first line of a file, at most bytes - 1 long: "unknown" if it cannot be read, "none" if it is
 * empty. Returns text or a static string.
 */
const char *sysfile_line(const char *root, const char *path, char *text, size_t bytes);

#endif
