/* SPDX-License-Identifier: BSD-3-Clause */
#include "made_up_block.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct block_result usual = {
    .total = {.bound = 1, .pairs = 1234, .wall_ns = 56789, .jain = 0.75, .nvcsw = 3, .nivcsw = 4, .run_wait_ns = 5, .steal_ns = 6},
    .windows = 21,
    .windows_clean = 19,
    .windows_alone = 17,
    .ns_per_pair = 11.5,
    .pairs_per_s = 2e6,
    .cpu_ns_per_pair = 12.5};

struct block_result made_up_block;
struct block_plan made_up_plan;
enum block_status made_up_status;
void (*made_up_during)(void);

/* In place of the real one. */
enum block_status block_run(const struct block_plan *plan, struct block_result *result, struct histogram *histogram)
{
	made_up_plan = *plan;
	*result = made_up_block;
	if (plan->timed)
		made_up_tail(histogram, MADE_UP_BLOCK_FIRST);
	if (made_up_during != NULL)
		made_up_during();
	return made_up_status;
}

int made_up_block_reset(void **state)
{
	(void)state;
	made_up_block = usual;
	made_up_status = BLOCK_DONE;
	made_up_during = NULL;
	crooked_does = CROOKED_NEVER;
	return 0;
}

void made_up_expect_counts(const struct csv_row *row)
{
	assert_int_equal(row->bound, 1);
	assert_int_equal(row->windows, 21);
	assert_int_equal(row->windows_clean, 19);
	assert_int_equal(row->windows_alone, 17);
	assert_int_equal(row->pairs, 1234);
	assert_int_equal(row->wall_ns, 56789);
	made_up_near(row->pairs_per_s, 2e6);
	made_up_near(row->cpu_ns_per_pair, 12.5);
	made_up_near(row->jain, 0.75);
	assert_int_equal(row->nvcsw, 3);
	assert_int_equal(row->nivcsw, 4);
	assert_int_equal(row->run_wait_ns, 5);
	assert_int_equal(row->steal_ns, 6);
}
