/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of /proc and /sys. root is put before every path: "" for this machine, a folder of made-up files in tests. Nothing here blocks;
 * any thread may call.
 */
#ifndef BENCH_SYSFILE_H
#define BENCH_SYSFILE_H

#include <stddef.h>
#include <stdio.h>

/* Opens it to read; NULL: there is none. */
FILE *sysfile_open(const char *root, const char *path);

/* First line of a file, of at most bytes - 1: "unknown" if it cannot be read, "none" if the line is empty. In text, or static. */
const char *sysfile_line(const char *root, const char *path, char *text, size_t bytes);

#endif
