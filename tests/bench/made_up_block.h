/* SPDX-License-Identifier: BSD-3-Clause */
/* A block whose result is made up, in place of block_run. */
#ifndef TESTS_BENCH_MADE_UP_BLOCK_H
#define TESTS_BENCH_MADE_UP_BLOCK_H

#include "block.h"
#include "made_up.h"

#define MADE_UP_BLOCK_FIRST 20 /* of its samples, see made_up_tail */

/* What a block results in. made_up_block_reset makes each number a different one. */
extern struct block_result made_up_block;
extern enum block_status made_up_status;
/* What happens in the block; NULL: nothing. */
extern void (*made_up_during)(void);
extern struct block_plan made_up_plan; /* of the last block */

/* A cmocka setup. */
int made_up_block_reset(void **state);

/* Asserts that the row has the counts of that result. */
void made_up_expect_counts(const struct csv_row *row);

#endif
