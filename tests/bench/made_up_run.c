/* SPDX-License-Identifier: BSD-3-Clause */
#include "made_up_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "distributions.h"
#include "gbench.h"
#include "options.h"
#include "runner.h"
#include "spin.h"

struct made_up_report *made_up_report;
struct topology *made_up_topology;
enum block_status (*made_up_script)(const struct workload_run *run);
int made_up_verdict;
struct cell made_up_cells[MADE_UP_CELLS];

/* In place of the real ones. */
void environment_read_here(struct environment *now)
{
	now->known = false;
}

double environment_foreign(const struct environment *before, const struct environment *after, double *much)
{
	(void)before, (void)after;
	*much = 0.5;
	return 0.25;
}

int environment_judge(const struct environment_block *block)
{
	made_up_report->judged = *block;
	return made_up_verdict;
}

static enum block_status run_block(struct workload_run *run)
{
	uint32_t index = (uint32_t)(run->cell - made_up_cells);
	made_up_report->order[made_up_report->runs++ % MADE_UP_BLOCKS] = index;
	if (index == 0)
		made_up_report->runs_of[run->cell->done]++;
	run->row->windows = 20;
	run->row->windows_clean = 10;
	run->row->windows_alone = 4;
	run->row->wall_ns = 1000;
	run->row->run_wait_ns = 30;
	return made_up_script(run);
}

static const struct workload_quantity quantities[] = {{.heading = NULL}};
struct workload made_up_workload = {.name = "made-up", .quantities = quantities, .run = run_block};

/* Runs count cells, each so many times. Fills the report; the texts of its rows are lost. */
static void run_here(uint32_t count, uint32_t repetitions)
{
	char name[] = "runner", path[64];
	char *arguments[] = {name, NULL};
	int argc = 1;
	static const _Atomic bool never;
	struct cells all = {.all = made_up_cells, .count = count};
	const struct options options = {.window_us = 1000, .repetitions = repetitions};
	const struct machine machine = {.arch = "none", .source = "measured"};
	struct csv csv;
	struct distributions distributions;
	struct rows rows = {.all = NULL};
	snprintf(path, sizeof(path), "/tmp/extram-runner-%d.csv", (int)getpid());
	for (uint32_t i = 0; i < count; i++)
		made_up_cells[i].repetitions = repetitions;
	if (!gbench_init(&argc, arguments) || !csv_open(&csv, path, true) || !distributions_begin(&distributions, &all))
		_exit(1);
	struct runner r = {.cells = &all,
			   .options = &options,
			   .topology = made_up_topology,
			   .machine = &machine,
			   .run_id = "run",
			   .csv = &csv,
			   .distributions = &distributions,
			   .rows = &rows,
			   .interrupted = &never};
	made_up_report->ok = runner_run(&r);
	unlink(csv.temporary);
	for (made_up_report->rows = 0; made_up_report->rows < rows.count && made_up_report->rows < MADE_UP_BLOCKS; made_up_report->rows++)
		made_up_report->row[made_up_report->rows] = rows.all[made_up_report->rows];
	made_up_report->hung = r.hung;
	made_up_report->failed = r.failed;
	made_up_report->retries = r.retries;
	made_up_report->disturbed = r.disturbed;
}

/* In a child, whose standard error goes to the report. */
void made_up_run_cells(uint32_t count, uint32_t repetitions)
{
	int status;
	FILE *said = tmpfile();
	assert_non_null(said);
	pid_t child = fork();
	if (child == 0) {
		dup2(fileno(said), STDERR_FILENO);
		run_here(count, repetitions);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	rewind(said);
	size_t n = fread(made_up_report->said, 1, sizeof(made_up_report->said) - 1, said);
	made_up_report->said[n] = '\0';
	fclose(said);
	assert_true(made_up_report->ok);
}

static enum block_status done(const struct workload_run *run)
{
	(void)run;
	return BLOCK_DONE;
}

int made_up_run_reset(void **state)
{
	static char names[MADE_UP_CELLS][32];
	(void)state;
	memset(made_up_report, 0, sizeof(*made_up_report));
	made_up_verdict = ENVIRONMENT_QUIET;
	made_up_script = done;
	made_up_workload.clean_windows = true;
	for (int i = 0; i < MADE_UP_CELLS; i++) {
		snprintf(names[i], sizeof(names[i]), "cell number %d", i);
		made_up_cells[i] = (struct cell){.loops = &loops_crooked,
						 .strategy = &extram_crooked,
						 .workload = &made_up_workload,
						 .variant = "",
						 .threads = 5 + (uint32_t)i,
						 .placement = TOPOLOGY_NONE,
						 .hold_ns = 300,
						 .think_ns = 400,
						 .prefill = 7,
						 .load = 60,
						 .tokens = 3,
						 .signal_hz = 9,
						 .given = 1U << AXES_load | 1U << AXES_tokens | 1U << AXES_signal_hz,
						 .fallback = true,
						 .block_ms = 1,
						 .in_round = 1,
						 .name = names[i]};
	}
	return 0;
}

bool made_up_run_begin(void)
{
	clock_init();
	spin_init();
	made_up_topology = topology_open(TOPOLOGY_PERFORMANCE);
	made_up_report = mmap(NULL, sizeof(*made_up_report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return made_up_topology != NULL && made_up_report != MAP_FAILED;
}
