/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines that a run has met, numbered from 0. */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define TABLE_LINES 32768

/* Forgets them. */
void table_reset(void);

/* The number of the line of an address / LINES_BYTES. *fresh: it is new. Fails the run if there are
 * too many. */
uint32_t table_find(uintptr_t key, bool *fresh);

uint32_t table_count(void);

#endif
