/* SPDX-License-Identifier: BSD-3-Clause */
#include "made_up.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "clock.h"

static const _Atomic bool never;

struct clock_facts clock_facts = {.ns_per_tick = 0.5};
uint64_t made_up_ns, made_up_step_ns;
struct usage made_up_used, made_up_more;
struct topology *made_up_topology;
struct histogram made_up_samples;

/* Of 2 million: half, nine tenths and so on lie at or below the first, the second and so on. */
const uint32_t made_up_times[MADE_UP_VALUES] = {1000000, 800000, 180000, 18000, 1800, 200};

uint64_t clock_monotonic_ns(void)
{
	return made_up_ns += made_up_step_ns;
}

struct usage usage_of_process(void)
{
	made_up_used.cpu_ns += made_up_more.cpu_ns;
	made_up_used.nvcsw += made_up_more.nvcsw;
	made_up_used.nivcsw += made_up_more.nivcsw;
	return made_up_used;
}

struct usage usage_now(void)
{
	return usage_of_process();
}

/* Grows by 6 ns. */
bool usage_steal_ns(uint64_t *ns)
{
	static uint64_t steal = 100;
	*ns = steal += 6;
	return true;
}

int usage_open_schedstat(void)
{
	return -1;
}

bool usage_run_wait_ns(int schedstat, uint64_t *ns)
{
	(void)schedstat, (void)ns;
	return false;
}

bool made_up_begin(void)
{
	made_up_topology = topology_open(TOPOLOGY_PERFORMANCE);
	return made_up_topology != NULL;
}

struct cell made_up_cell(const struct workload *workload, enum rig_level level)
{
	return (struct cell){.loops = &loops_crooked,
			     .strategy = &extram_crooked,
			     .workload = workload,
			     .level = level,
			     .variant = "",
			     .threads = 1,
			     .placement = TOPOLOGY_NONE,
			     .prefill = MADE_UP_MS,
			     .block_ms = 7};
}

enum block_status made_up_run(const struct cell *cell, struct csv_row *row)
{
	csv_clear(row);
	cells_fill(row, cell);
	row->cpus = topology_cpus(made_up_topology);
	made_up_samples = (struct histogram){.total = 0};
	struct workload_run run = {
	    .cell = cell, .topology = made_up_topology, .window_us = 500, .abort = &never, .row = row, .samples = &made_up_samples};
	return cell->real != NULL ? cell->workload->run_real(&run) : cell->workload->run(&run);
}

uint64_t made_up_value(uint64_t first, int i)
{
	return first + 10 * (uint64_t)i;
}

void made_up_tail(struct histogram *h, uint64_t first)
{
	for (int i = 0; i < MADE_UP_VALUES; i++) {
		h->count[histogram_bucket(made_up_value(first, i))] += made_up_times[i];
		h->total += made_up_times[i];
	}
	h->max = made_up_value(first, MADE_UP_VALUES - 1);
}

void made_up_near(double value, double expected)
{
	assert_true(fabs(value - expected) <= fabs(expected) * 1e-9);
}

void made_up_expect(const double quantiles[MADE_UP_VALUES], uint64_t first)
{
	for (int i = 0; i < MADE_UP_VALUES; i++)
		made_up_near(quantiles[i], (double)made_up_value(first, i) / 2);
}

void made_up_expect_times(const struct csv_row *row, uint64_t first)
{
	made_up_expect((const double[]){row->p50_ns, row->p90_ns, row->p99_ns, row->p999_ns, row->p9999_ns, row->max_ns}, first);
	assert_int_equal(row->samples, 2000000);
}

void made_up_expect_responses(const struct csv_row *row, uint64_t first)
{
	made_up_expect(
	    (const double[]){row->resp_p50_ns, row->resp_p90_ns, row->resp_p99_ns, row->resp_p999_ns, row->resp_p9999_ns, row->resp_max_ns},
	    first);
}
