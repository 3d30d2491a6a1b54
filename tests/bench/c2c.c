/* SPDX-License-Identifier: BSD-3-Clause */
/* Core-to-core latency: which pairs are measured, and the file. No time is judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "c2c.h"
#include "clock.h"

static uint32_t measured_with(uint32_t cpus, uint32_t one)
{
	uint32_t n = 0;
	for (uint32_t other = 0; other < cpus; other++)
		n += one != other && c2c_measures(cpus, one > other ? one : other, one > other ? other : one);
	return n;
}

/* A few pairs for each CPU of a large machine, and one of them is its neighbour. */
static void pairs_do_not_grow_with_the_square(void **state)
{
	(void)state;
	for (uint32_t cpu = 0; cpu < 64; cpu++)
		assert_int_equal(measured_with(64, cpu), 63);
	for (uint32_t cpu = 0; cpu < 1024; cpu++) {
		assert_in_range(measured_with(1024, cpu), 10, 20);
		assert_true(c2c_measures(1024, cpu | 1, cpu & ~1U));
	}
	assert_true(c2c_measures(1024, 512, 0));
	assert_false(c2c_measures(1024, 515, 0));
}

static void rows_ascend_by_the_kernels_numbers(void **state)
{
	const uint32_t numbers[] = {0, 1, 32, 33, 64, 65, 96, 97};
	struct topology *topology = topology_open_shown("package:2 l3:1 core:2 pu:2(indexes=0,64,1,65,32,96,33,97)", TOPOLOGY_ALL_KINDS);
	uint32_t index[8];
	(void)state;
	assert_non_null(topology);
	assert_int_equal(topology_cpus(topology), 8);
	c2c_rows(topology, index);
	for (int i = 0; i < 8; i++)
		assert_int_equal(topology_place(topology, TOPOLOGY_SMT, index[i]), numbers[i]);
	topology_close(topology);
}

static void this_machine_is_measured(void **state)
{
	struct topology *topology = topology_open(TOPOLOGY_PERFORMANCE);
	struct c2c c2c;
	(void)state;
	assert_non_null(topology);
	clock_init();
	assert_true(c2c_measure(&c2c, topology, &(struct c2c_wish){.seconds = 0.1}));
	assert_int_equal(c2c.cpus, topology_cpus(topology));
	for (uint32_t row = 0; row < c2c.cpus; row++) {
		for (uint32_t column = 0; column < c2c.cpus; column++) {
			double ns = c2c.ns[row * c2c.cpus + column];
			assert_true(column < row ? isnan(ns) || ns > 0 : isnan(ns));
		}
	}
	assert_true(c2c.cpus > C2C_ALL_CPUS || c2c.pairs <= c2c.cpus * (c2c.cpus - 1) / 2);
	c2c_free(&c2c);
	const _Atomic bool stop = true;
	assert_true(c2c_measure(&c2c, topology, &(struct c2c_wish){.seconds = 0.1, .abort = &stop}));
	assert_int_equal(c2c.pairs, 0);
	c2c_free(&c2c);
	topology_close(topology);
}

static void the_file_is_the_lower_triangle(void **state)
{
	double ns[] = {1, 2, 3, 41.25, 5, 6, NAN, 8.04, 9};
	struct c2c c2c = {.cpus = 3, .ns = ns};
	char path[] = "/tmp/c2c.XXXXXX", text[64] = "";
	(void)state;
	close(mkstemp(path));
	assert_true(c2c_write(&c2c, path));
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	unlink(path);
	assert_string_equal(text, ",,\n41.2,,\n,8.0,\n");
	assert_false(c2c_write(&c2c, "/nowhere/c2c.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_do_not_grow_with_the_square),
	    cmocka_unit_test(rows_ascend_by_the_kernels_numbers),
	    cmocka_unit_test(this_machine_is_measured),
	    cmocka_unit_test(the_file_is_the_lower_triangle),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
