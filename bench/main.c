/* SPDX-License-Identifier: BSD-3-Clause */
/* extram-bench: parses the options, builds the cells and runs them. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "cells.h"
#include "clock.h"
#include "counters.h"
#include "csv.h"
#include "distributions.h"
#include "gbench.h"
#include "machine.h"
#include "options.h"
#include "runner.h"
#include "screen.h"
#include "serve.h"
#include "spin.h"
#include "streams.h"
#include "syscalls.h"
#include "table.h"
#include "usage.h"

/* Core-to-core latency takes at most so long, and this share of a run. */
#define C2C_SECONDS 20
#define C2C_ONE_IN 12

enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_INTERRUPTED = 130 };

static _Atomic bool interrupted;

static void on_signal(int sig)
{
	(void)sig;
	/* relaxed: a flag that the loops poll; no data goes with it. */
	atomic_store_explicit(&interrupted, true, memory_order_relaxed);
}

/*
 * A second signal ends the process as usual. Signals ignored at the start stay ignored, as nohup
 * and background jobs need.
 */
static void catch_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	struct sigaction before;
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
}

/* For argp, which exits the process itself after --help and --version. */
static void check_output(void)
{
	if (!streams_told() && !streams_flush())
		_exit(STATUS_USAGE);
}

static char *join_command(char **argv)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	if (f == NULL)
		return NULL;
	fputs("extram-bench", f);
	for (argv++; *argv != NULL; argv++)
		fprintf(f, " %s", *argv);
	return fclose(f) == 0 ? text : NULL;
}

static bool open_results(struct csv *csv, const struct options *options, const char *run_id)
{
	char *path = NULL;
	if (options->output != NULL)
		return csv_open(csv, options->output, options->force);
	if (asprintf(&path, "%s/%s.csv", options->results, run_id) < 0)
		return false;
	bool ok = csv_open(csv, path, options->force);
	free(path);
	return ok;
}

/*
 * Prints the one screen. Prints every cell if the rows answer no question, or if the user asked for
 * it.
 */
static void print_rows(const struct rows *rows, enum options_table table)
{
	if (table != OPTIONS_FULL_TABLE && screen_table(stdout, rows) > 0) {
		printf("\n");
		screen_words(stdout, rows);
	} else {
		table_print(stdout, rows);
		printf("\n");
	}
}

static void conclude_environment(const struct runner *r)
{
	if (r->untold > 0)
		printf("%u of %u blocks may have been disturbed: the kernel does not report it.\n", r->untold, r->slot);
	if (r->unfiltered > 0)
		printf("%u of %u blocks have no noise filter: how long each thread waited is not known, or ulimit -n is too low.\n",
		       r->unfiltered, r->slot);
}

/* Prints where the result file is, and what limits its numbers. */
static enum status conclude(struct runner *r, bool placed_ok, const char *placed)
{
	/* relaxed: no data goes with the flag. */
	bool stop = atomic_load_explicit(&interrupted, memory_order_relaxed);
	print_rows(r->rows, r->options->table);
	conclude_environment(r);
	if (r->machine->unfit[0] != '\0')
		printf("This build's numbers are meaningless: %s. No comparison accepts them as the old side.\n", r->machine->unfit);
	if (r->failed > 0)
		printf("%u blocks failed and have no row.\n", r->failed);
	if (placed != NULL)
		printf("%s%s\n", placed, stop || r->hung || r->failed > 0 || !placed_ok ? " (partial: the finished blocks only)" : "");
	if (stop)
		return STATUS_INTERRUPTED;
	if (!placed_ok)
		return STATUS_USAGE;
	return r->failed > 0 ? STATUS_FAILED : STATUS_DONE;
}

/* Core-to-core latency, in a run that may be compared with others. */
static bool measure_c2c(struct machine *machine, struct runner *r, const char *stem)
{
	double seconds = runner_seconds(r->options), start = (double)clock_monotonic_ns();
	seconds = seconds > 0 && seconds < C2C_SECONDS * C2C_ONE_IN ? seconds / C2C_ONE_IN : C2C_SECONDS;
	const struct c2c_wish wish = {seconds, r->interrupted};
	bool ok = r->options->only || machine_measure_c2c(machine, r->topology, stem, &wish);
	r->spent_s = ((double)clock_monotonic_ns() - start) * 1e-9;
	return ok;
}

static enum status measure(struct runner *r, struct csv *csv, const char *command)
{
	enum status status = STATUS_USAGE;
	char *placed = NULL;
	struct distributions distributions;
	const struct machine_run run = {r->run_id, command};
	if (!machine_write(r->machine, r->topology, csv->stem, run) || !distributions_begin(&distributions, r->cells)) {
		csv_close(csv, false, &placed);
		goto out;
	}
	r->distributions = &distributions;
	/* A closed stderr must not lose the rows. The final table may end the process as usual. */
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction pipe_before;
	sigaction(SIGPIPE, &ignore, &pipe_before);
	machine_warn(r->machine);
	if (!r->schedstat)
		fprintf(stderr, "extram-bench: %s\n", usage_no_schedstat);
	cells_warn(r->cells);
	bool ran = runner_run(r);
	/* relaxed: no data goes with the flag. */
	bool complete = ran && !atomic_load_explicit(&interrupted, memory_order_relaxed) && r->failed == 0 && !r->hung;
	bool tails = csv->failed || (distributions_write(&distributions, csv->stem, r->machine, r->run_id) && !r->tails_lost);
	distributions_free(&distributions);
	bool ok = csv_close(csv, complete, &placed);
	sigaction(SIGPIPE, &pipe_before, NULL);
	status = conclude(r, ok, placed);
	if (status == STATUS_DONE && (!ran || !tails))
		status = STATUS_USAGE;
out:
	free(placed);
	return status;
}

/* Without a wish, counts what this machine can. False: an event is unknown; that was printed. */
static bool count_events(const struct options *options)
{
	const char *why;
	bool unknown;
	counters_in_use = counters_new(options->counters, &why, &unknown);
	if (counters_in_use == NULL && options->counters != NULL)
		fprintf(stderr, "extram-bench: nothing is counted: %s\n", why);
	return counters_in_use != NULL || options->counters == NULL || !unknown;
}

static enum status run(const struct options *options, struct cells *cells, const struct topology *topology, const char *command)
{
	char run_id[64];
	time_t now = time(NULL);
	struct tm tm;
	struct csv csv;
	struct machine machine;
	size_t n = strftime(run_id, sizeof(run_id), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	snprintf(run_id + n, sizeof(run_id) - n, "-%d", (int)getpid());
	if (!count_events(options) || !open_results(&csv, options, run_id))
		return STATUS_USAGE;
	clock_init();
	spin_init();
	bool schedstat = usage_check_schedstat();
	machine_read(&machine, topology, options->emulated);
	struct rows rows = {NULL, 0, 0, NULL};
	struct runner runner = {.cells = cells,
				.rows = &rows,
				.options = options,
				.topology = topology,
				.machine = &machine,
				.run_id = run_id,
				.csv = &csv,
				.schedstat = schedstat,
				.interrupted = &interrupted};
	catch_signals();
	enum status status = STATUS_USAGE;
	char *placed = NULL;
	if (measure_c2c(&machine, &runner, csv.stem))
		status = measure(&runner, &csv, command);
	else
		csv_close(&csv, false, &placed);
	free(placed);
	rows_free(&rows);
	return status;
}

/* Prints the rows of files. Measures nothing. */
static enum status show(const struct options *options)
{
	struct rows rows = {NULL, 0, 0, NULL};
	bool ok = true;
	for (uint32_t i = 0; i < options->file_count && ok; i++)
		ok = rows_read(&rows, options->files[i]);
	if (ok)
		print_rows(&rows, options->table);
	rows_free(&rows);
	return ok ? STATUS_DONE : STATUS_USAGE;
}

static enum status serve(const struct cells *cells, const struct topology *topology)
{
	switch (serve_run(cells, topology, stdin, stdout)) {
	case SERVE_DONE:
		return STATUS_DONE;
	case SERVE_BLOCK_FAILED:
		return STATUS_FAILED;
	default:
		return STATUS_USAGE;
	}
}

static enum status act(const struct options *options, struct cells *cells, const struct topology *topology, const char *command)
{
	if (options->list) {
		if (!options->list_tsv && cells->count > 0)
			printf("%u cells, about %.0f s\n", cells->count, runner_estimate(cells, options));
		(options->list_tsv ? table_list_tsv : table_list)(stdout, cells);
		return STATUS_DONE;
	}
	usage_allow_files();
	if (options->serve)
		return serve(cells, topology);
	return run(options, cells, topology, command);
}

int main(int argc, char **argv)
{
	struct options options;
	struct cells cells;
	enum status status = STATUS_USAGE;
	streams_hold();
	atexit(check_output);
	char *command = join_command(argv);
	if (command == NULL) {
		fprintf(stderr, "extram-bench: no memory\n");
		return STATUS_USAGE;
	}
	setlocale(LC_CTYPE, ""); /* for the table's characters; numbers keep the C format */
	if (!streams_spare() || !arena_room(argv) || !gbench_init(&argc, argv))
		return STATUS_USAGE;
	options_parse(&options, argc, argv);
	options.only = options.only || options.serve; /* the caller selects the cells by name */
	if (options.file_count > 0) {
		free(command);
		return (int)show(&options);
	}
	if (!syscalls_ask())
		return STATUS_USAGE;
	struct topology *topology =
	    options.topology != NULL ? topology_open_shown(options.topology, options.core_kind) : topology_open(options.core_kind);
	if (topology == NULL)
		return STATUS_USAGE;
	topology_warn(topology, stderr, "extram-bench: ");
	if (cells_build(&cells, &options, topology)) {
		status = act(&options, &cells, topology, command);
		cells_free(&cells);
	}
	topology_close(topology);
	free(command);
	return (int)(!streams_flush() && status == STATUS_DONE ? STATUS_USAGE : status);
}
