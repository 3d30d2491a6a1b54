/* SPDX-License-Identifier: BSD-3-Clause */
#include "hgrm.h"

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

static bool complain(const char *path, const char *why)
{
	fprintf(stderr, "extram-bench: %s: %s\n", path, why);
	return false;
}

/* Other files are kept. So are files in a folder whose name contains pattern characters. */
static void remove_older(const char *folder)
{
	char *pattern;
	glob_t found;
	if (asprintf(&pattern, "%s/*.hgrm", folder) < 0)
		return;
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
}

bool hgrm_prepare(const char *folder)
{
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return complain(folder, strerror(errno));
	remove_older(folder);
	return true;
}

static uint64_t highest(const struct histogram *h, uint32_t bucket)
{
	uint64_t end = bucket == HISTOGRAM_BUCKETS - 1 ? h->max : histogram_upper_end(bucket);
	return end < h->max ? end : h->max;
}

/* A bucket's samples count as its middle, as in HdrHistogram. */
static double middle(const struct histogram *h, uint32_t bucket)
{
	uint64_t low = bucket == 0 ? 0 : histogram_upper_end(bucket - 1) + 1;
	return ((double)low + (double)highest(h, bucket)) / 2;
}

static void print_rows(FILE *f, const struct histogram *h)
{
	uint64_t seen = 0;
	fprintf(f, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->count[i] == 0)
			continue;
		seen += h->count[i];
		/* The leading space is kept for values of any length, since readers split there. */
		fprintf(f, " %11.3f %2.12f %10" PRIu64, clock_ns(highest(h, i)), (double)seen / (double)h->total, seen);
		if (seen < h->total)
			fprintf(f, " %14.2f", (double)h->total / (double)(h->total - seen));
		fputc('\n', f);
	}
}

static void print_summary(FILE *f, const struct histogram *h)
{
	double sum = 0;
	double squares = 0;
	double total = (double)h->total;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += (double)h->count[i] * middle(h, i);
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		squares += (double)h->count[i] * pow(middle(h, i) - sum / total, 2);
	fprintf(f, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", sum / total * clock_facts.ns_per_tick,
		sqrt(squares / total) * clock_facts.ns_per_tick);
	fprintf(f, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", clock_ns(h->max), h->total);
	fprintf(f, "#[Buckets = %12d, SubBuckets     = %12d]\n", HISTOGRAM_TOP_BITS - HISTOGRAM_BITS, 2 << HISTOGRAM_BITS);
}

static void print_notes(FILE *f, const struct hgrm_notes *notes)
{
	fprintf(f, "# unit: ns\n# cell: %s\n# blocks: %" PRIu32 "\n# run_id: %s\n# source: %s\n# fingerprint: %s\n", notes->cell,
		notes->blocks, notes->run_id, notes->source, notes->fingerprint);
	fprintf(f, "# timer_step_ns: %.6g\n# timer_floor_ns: %.6g\n", clock_facts.step_ns, clock_facts.floor_ns);
}

/* FOLDER/CELL.hgrm, or NULL. */
static char *path_of(const char *folder, const char *cell)
{
	char *path;
	if (asprintf(&path, "%s/%s.hgrm", folder, cell) < 0)
		return NULL;
	for (char *c = path + strlen(folder) + 1; *c != '\0'; c++) {
		if (*c == '/')
			*c = '_';
		else if (*c == ':')
			*c = '-';
	}
	return path;
}

static bool write_file(const char *path, const struct hgrm_notes *notes, const struct histogram *h)
{
	FILE *f = fopen(path, "we");
	if (f == NULL)
		return complain(path, strerror(errno));
	print_rows(f, h);
	print_summary(f, h);
	print_notes(f, notes);
	bool ok = fflush(f) == 0 && ferror(f) == 0;
	int cause = errno;
	ok = fclose(f) == 0 && ok;
	if (!ok) {
		unlink(path);
		complain(path, strerror(cause != 0 ? cause : EIO));
	}
	return ok;
}

bool hgrm_write(const char *folder, const struct hgrm_notes *notes, const struct histogram *h)
{
	char *temporary = NULL;
	char *path = path_of(folder, notes->cell);
	bool ok = path != NULL && asprintf(&temporary, "%s.tmp", path) >= 0;
	if (!ok) {
		complain(folder, "no memory");
		goto out;
	}
	ok = write_file(temporary, notes, h);
	if (ok && rename(temporary, path) != 0) {
		ok = complain(path, strerror(errno));
		unlink(temporary);
	}
	free(temporary);
out:
	free(path);
	return ok;
}
