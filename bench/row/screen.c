/* SPDX-License-Identifier: BSD-3-Clause */
#include "screen.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "units.h"

#define NAME_WIDTH 22
#define VALUE_WIDTH 13
#define LINES_MOST 28 /* lines of strategies; with headings and notes, 40 in all */

static void print_threads(FILE *f, uint64_t threads)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64 " thread%s", threads, threads == 1 ? "" : "s");
	fprintf(f, "%*s", VALUE_WIDTH, threads == 0 ? "" : text);
}

static void print_heading(FILE *f, const struct answers *all)
{
	fprintf(f, "%-*s", NAME_WIDTH, "");
	for (uint32_t n = 0; questions_all[n].name != NULL; n++)
		fprintf(f, "%*s", VALUE_WIDTH, all->threads[n] == 0 ? "" : questions_all[n].heading);
	fprintf(f, "\n%-*s", NAME_WIDTH, "");
	for (uint32_t n = 0; questions_all[n].name != NULL; n++)
		print_threads(f, all->threads[n]);
	fputc('\n', f);
}

static void print_answer(FILE *f, const struct answer *a)
{
	char text[UNITS_BYTES];
	units_write(text, UNITS_NS, a->median);
	fprintf(f, "%*s", VALUE_WIDTH - UNITS_WIDTH - 2, "");
	units_print(f, text, isnan(a->median) ? ' ' : a->disturbed ? '~' : a->best ? '*' : ' ');
}

static void print_name(FILE *f, const struct csv_row *row)
{
	char label[64], text[80];
	rows_label(row, label, sizeof(label));
	snprintf(text, sizeof(text), "%s%s", label, row->floor == 1 ? " (floor)" : "");
	fprintf(f, "%-*.*s", NAME_WIDTH, NAME_WIDTH - 1, text);
}

uint32_t screen_table(FILE *f, const struct rows *rows)
{
	struct answers all;
	if (!answers_make(&all, rows))
		return 0;
	uint32_t shown = all.count < LINES_MOST ? all.count : LINES_MOST;
	uint32_t lines = all.count == 0 ? 0 : shown + 2 + (shown < all.count);
	if (all.count > 0)
		print_heading(f, &all);
	for (uint32_t i = 0; i < shown; i++) {
		print_name(f, all.lines[i].row);
		for (uint32_t n = 0; questions_all[n].name != NULL; n++)
			print_answer(f, &all.lines[i].answer[n]);
		fputc('\n', f);
	}
	if (shown < all.count)
		fprintf(f, "and %" PRIu32 " more; --table full prints them\n", all.count - shown);
	answers_free(&all);
	return lines;
}

/* Seconds from the start of the first row's run to the end of the last block. 0: unknown. */
static double run_seconds(const struct rows *rows)
{
	struct tm begin = {.tm_year = 0};
	struct tm end = {.tm_year = 0};
	if (strptime(rows->all[0].run_id, "%Y%m%dT%H%M%SZ", &begin) == NULL ||
	    strptime(rows->all[rows->count - 1].time_utc, "%Y-%m-%dT%H:%M:%SZ", &end) == NULL)
		return 0;
	double seconds = difftime(timegm(&end), timegm(&begin));
	return seconds > 0 ? seconds : 0;
}

static void print_measured(FILE *f, const struct rows *rows)
{
	char took[UNITS_BYTES];
	const struct csv_row *row = &rows->all[0];
	units_write(took, UNITS_NS, run_seconds(rows) * 1e9);
	fprintf(f, "Measured %" PRIu32 " blocks in %s on %" PRIu64 " CPUs of %.50s.\n", rows->count, took, row->cpus, row->cpu_model);
}

static void print_quiet(FILE *f, const struct rows *rows)
{
	uint64_t windows = 0;
	uint64_t clean = 0;
	uint64_t probed = 0;
	uint64_t alone = 0;
	uint32_t disturbed = 0;
	uint32_t known = 0;
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct csv_row *row = &rows->all[i];
		disturbed += row->disturbed == 1;
		known += row->disturbed != CSV_EMPTY;
		if (row->windows_clean != CSV_EMPTY) {
			windows += row->windows;
			clean += row->windows_clean;
		}
		if (row->windows_alone != CSV_EMPTY) {
			probed += row->windows;
			alone += row->windows_alone;
		}
	}
	if (windows > 0)
		fprintf(f, "%.0f %% of the windows were clean", 100.0 * (double)clean / (double)windows);
	if (probed > 0)
		fprintf(f, ", %.0f %% on unshared cores", 100.0 * (double)alone / (double)probed);
	if (windows > 0)
		fputs("; ", f);
	if (disturbed > 0)
		fprintf(f, "%" PRIu32 " disturbed block%s left out (~: all).\n", disturbed, disturbed == 1 ? "" : "s");
	else
		fputs(known > 0 ? "no block was disturbed.\n" : "it is unknown whether blocks were disturbed.\n", f);
}

void screen_words(FILE *f, const struct rows *rows)
{
	if (rows->count == 0)
		return;
	fputs("alone, all CPUs: thread time of a get and put. with work: plus 300 ns of hold and of think.\n"
	      "p99.9: of a get and put. callback: that of Go 1.19. cold burst: until all new threads are in.\n",
	      f);
	print_measured(f, rows);
	print_quiet(f, rows);
	fputs("* indistinguishable from the best strategy of its column (95 % intervals of the medians overlap)\n", f);
}
