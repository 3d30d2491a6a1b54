/* SPDX-License-Identifier: BSD-3-Clause */
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "clock.h"
#include "machine.h"
#include "spin.h"
#include "usage.h"
#include "version.h"
#include "workload.h"

#define PROTOCOL 1
#define BLOCK_MS 1000 /* for the windows, which do not count here; a longer block is no error */
#define PAIRS_MAX 1000000000000U
#define PLANT_MAX 100000000U /* ps: 0.1 ms a pair */

struct server {
	const struct cells *cells;
	const struct topology *topology;
	FILE *out;
	const struct cell *cell; /* NULL: none selected */
	struct rig *rig;
	uint64_t plant_ps;
	bool planted;
	bool failed; /* a block or a cell has failed */
	bool hung;   /* hung threads still use the list: no command can run */
};

static const _Atomic bool never;

static void answer(struct server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void answer(struct server *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	/* clang-tidy 14 says so only when it reads other files before this one. */
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	vfprintf(s->out, format, args);
	va_end(args);
	fputc('\n', s->out);
	fflush(s->out);
}

/* Parses a whole number up to max. Nothing may follow it. */
static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= max;
}

/* Leaves the cell. False: an m was lost or duplicated; the cause was printed. */
static bool leave_cell(struct server *s)
{
	bool ok = s->rig == NULL || rig_conserved(s->rig);
	if (s->rig != NULL)
		rig_free(s->rig);
	s->rig = NULL;
	s->cell = NULL;
	s->failed = s->failed || !ok;
	return ok;
}

static void hello(struct server *s, const char *arg)
{
	struct machine machine;
	(void)arg;
	machine_read(&machine, s->topology, false);
	machine_warn_build(&machine);
	answer(s, "ok %d %s %s %s %" PRIu32 " %" PRIu32, PROTOCOL, VERSION_GIT_REV, machine.build_id, machine.fingerprint,
	       topology_cpus(s->topology), s->cells->count);
}

static void cell(struct server *s, const char *arg)
{
	uint64_t i;
	if (!parse_number(arg, UINT32_MAX, &i) || i >= s->cells->count)
		answer(s, "error cell: '%s' is not a number below %" PRIu32, arg, s->cells->count);
	else
		answer(s, "ok %" PRIu64 " %s", s->cells->all[i].threads, s->cells->all[i].name);
}

static void units(struct server *s, const char *arg)
{
	char *end;
	double rounds = strtod(arg, &end);
	double ns = *end == ' ' ? strtod(end, &end) : 0;
	if (arg[0] == '\0') {
		answer(s, "ok %.17g %.17g", spin_rounds_per_us, clock_facts.ns_per_tick);
		return;
	}
	if (*end != '\0' || !isfinite(rounds) || !isfinite(ns) || rounds <= 0 || ns <= 0) {
		answer(s, "error units: '%s' is not two numbers above 0", arg);
		return;
	}
	spin_rounds_per_us = rounds;
	clock_facts.ns_per_tick = ns;
	answer(s, "ok");
}

static void select_cell(struct server *s, const char *arg)
{
	const struct cell *found = cells_find(s->cells, arg);
	if (!leave_cell(s))
		answer(s, "error select: the last cell lost or duplicated an m");
	else if (found == NULL)
		answer(s, "error select: no cell '%s'", arg);
	else if (found->workload != &workload_pair)
		answer(s, "error select: '%s' is not of workload pair", arg);
	else if ((s->rig = workload_rig(&(struct workload_run){.cell = found, .topology = s->topology})) == NULL)
		answer(s, "error select: no list could be made");
	else {
		s->cell = found;
		answer(s, "ok");
	}
}

static void plant(struct server *s, const char *arg)
{
	uint64_t ps = 0;
	bool none = strcmp(arg, "none") == 0;
	if (!none && !parse_number(arg, PLANT_MAX, &ps)) {
		answer(s, "error plant: '%s' is not none or a number up to %u", arg, PLANT_MAX);
		return;
	}
	s->planted = !none;
	s->plant_ps = ps;
	answer(s, "ok");
}

static struct block_plan plan_of(const struct server *s, uint64_t pairs)
{
	const struct workload_run run = {.cell = s->cell, .topology = s->topology, .window_us = BLOCK_MS * 1000, .abort = &never};
	struct block_plan plan = workload_block_plan(&run, s->rig, s->planted ? LOOPS_PLANT : 0);
	plan.block_ms = BLOCK_MS;
	plan.pairs = pairs;
	plan.plant_ps = s->plant_ps;
	return plan;
}

static void answer_block(struct server *s, const struct crew_total *r)
{
	char waited[24] = "unknown";
	if (r->run_wait_ns != UINT64_MAX)
		snprintf(waited, sizeof(waited), "%" PRIu64, r->run_wait_ns);
	answer(s, "ok %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64, r->wall_ns, r->thread_ns, waited, r->nvcsw, r->nivcsw,
	       r->steal_ns == UINT64_MAX ? 0 : r->steal_ns);
}

static void run(struct server *s, const char *arg)
{
	uint64_t pairs;
	struct block_result r;
	if (s->cell == NULL) {
		answer(s, "error run: no cell is selected");
		return;
	}
	if (!parse_number(arg, PAIRS_MAX, &pairs) || pairs == 0) {
		answer(s, "error run: '%s' is not a number of pairs", arg);
		return;
	}
	struct block_plan plan = plan_of(s, pairs);
	enum block_status status = block_run(&plan, &r, NULL);
	s->hung = status == BLOCK_HUNG;
	s->failed = s->failed || status != BLOCK_DONE;
	if (status != BLOCK_DONE)
		answer(s, "error run: the block %s", s->hung ? "hangs" : "could not run");
	else
		answer_block(s, &r.total);
}

static void leave(struct server *s, const char *arg)
{
	(void)arg;
	if (leave_cell(s))
		answer(s, "ok");
	else
		answer(s, "error leave: the cell lost or duplicated an m");
}

static const struct {
	const char *name;
	void (*serve)(struct server *s, const char *arg);
} commands[] = {
    {"hello", hello}, {"cell", cell}, {"units", units}, {"select", select_cell}, {"plant", plant}, {"run", run}, {"leave", leave},
};

static void serve_line(struct server *s, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	size_t length = strcspn(line, " ");
	const char *arg = line[length] == ' ' ? line + length + 1 : "";
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].name) == length && memcmp(line, commands[i].name, length) == 0) {
			commands[i].serve(s, arg);
			return;
		}
	answer(s, "error unknown command '%.*s'", (int)length, line);
}

enum serve_end serve_run(const struct cells *cells, const struct topology *topology, FILE *in, FILE *out)
{
	struct server s = {.cells = cells, .topology = topology, .out = out};
	char *line = NULL;
	size_t room = 0;
	clock_init();
	spin_init();
	if (!usage_check_schedstat())
		fprintf(stderr, "extram-bench: %s\n", usage_no_schedstat);
	errno = 0;
	while (!s.hung && !ferror(out) && getline(&line, &room, in) > 0) {
		serve_line(&s, line);
		errno = 0;
	}
	int cause = errno;
	bool unread = !s.hung && !ferror(out) && !feof(in);
	free(line);
	if (!s.hung)
		leave_cell(&s);
	if (s.failed)
		return SERVE_BLOCK_FAILED;
	if (unread)
		fprintf(stderr, "extram-bench: standard input: %s\n", strerror(cause));
	return unread ? SERVE_NO_INPUT : SERVE_DONE;
}
