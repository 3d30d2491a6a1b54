/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Settings of the system that decide whether numbers can be believed: read, recorded, and warned about. Nothing is changed. root as
 * in sysfile.h. Nothing here blocks; any thread may call.
 */
#ifndef BENCH_SETTINGS_H
#define BENCH_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

/* Prints each setting as "key: value". */
void settings_print(FILE *f, const char *root);

/* Prints a line for each setting that harms the numbers, with the way to change it, after prefix. Returns how many. */
uint32_t settings_warn(FILE *f, const char *prefix, const char *root);

#endif
