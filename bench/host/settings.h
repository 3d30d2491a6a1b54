/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System settings that affect how reliable the numbers are. They are read, recorded and warned
 * about, but never changed. For root see sysfile.h. Nothing here blocks. Thread-safe.
 */
#ifndef BENCH_SETTINGS_H
#define BENCH_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

/* Prints each setting as "key: value". */
void settings_print(FILE *f, const char *root);

/*
 * Prints a line for each harmful setting: prefix, the problem and how to fix it. Returns the number
 * of lines.
 */
uint32_t settings_warn(FILE *f, const char *prefix, const char *root);

#endif
