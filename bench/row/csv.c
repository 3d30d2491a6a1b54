/* SPDX-License-Identifier: BSD-3-Clause */
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool complain(const char *path, const char *why)
{
	fprintf(stderr, "extram-bench: %s: %s\n", path, why);
	return false;
}

/* RFC 4180: quotes only where required. */
static void print_TEXT(FILE *f, const char *text)
{
	if (strpbrk(text, ",\"\n\r") == NULL) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

static void print_COUNT(FILE *f, uint64_t value)
{
	if (value != CSV_EMPTY)
		fprintf(f, "%" PRIu64, value);
}

/* Six digits exceed the precision of any timing here. Longer than the largest double. */
#define REAL_BYTES 320

static void real_text(char *text, double value)
{
	snprintf(text, REAL_BYTES, value < 1e6 ? "%.6g" : "%.0f", value);
}

static void print_REAL(FILE *f, double value)
{
	char text[REAL_BYTES];
	real_text(text, value);
	if (isfinite(value))
		fputs(text, f);
}

static void round_REAL(double *value)
{
	char text[REAL_BYTES];
	real_text(text, *value);
	*value = strtod(text, NULL);
}

static void round_TEXT(const char **text)
{
	(void)text;
}

static void round_COUNT(uint64_t *value)
{
	(void)value;
}

#define EMPTY_TEXT ""
#define EMPTY_COUNT CSV_EMPTY
#define EMPTY_REAL NAN

void csv_clear(struct csv_row *row)
{
#define COLUMN(name, kind, presence, meaning) row->name = EMPTY_##kind;
#include "columns.def"
#undef COLUMN
}

static char *heading(size_t *bytes)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, bytes);
	if (f == NULL)
		return NULL;
	const char *comma = "";
#define COLUMN(name, kind, presence, meaning)                                                                                              \
	fprintf(f, "%s%s", comma, #name);                                                                                                  \
	comma = ",";
#include "columns.def"
#undef COLUMN
	fputc('\n', f);
	return fclose(f) == 0 ? text : NULL;
}

static char *line(const struct csv_row *row, size_t *bytes)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, bytes);
	if (f == NULL)
		return NULL;
	const char *comma = "";
#define COLUMN(name, kind, presence, meaning)                                                                                              \
	fputs(comma, f);                                                                                                                   \
	print_##kind(f, row->name);                                                                                                        \
	comma = ",";
#include "columns.def"
#undef COLUMN
	fputc('\n', f);
	return fclose(f) == 0 ? text : NULL;
}

/* What is shown of a run is what its file says. */
static void round_all(struct csv_row *row)
{
#define COLUMN(name, kind, presence, meaning) round_##kind(&row->name);
#include "columns.def"
#undef COLUMN
}

/* If the disk fills up in the middle of a line, removes the partial line. */
static bool append(struct csv *csv, char *text, size_t bytes)
{
	ssize_t n = text == NULL ? -1 : write(csv->fd, text, bytes);
	if (n == (ssize_t)bytes) {
		csv->bytes += bytes;
		free(text);
		return true;
	}
	int cause = n < 0 ? errno : ENOSPC;
	csv->failed = true;
	if (ftruncate(csv->fd, (off_t)csv->bytes) != 0)
		complain(csv->temporary, "cannot be truncated to its last complete row");
	free(text);
	return complain(csv->temporary, strerror(cause));
}

static char *join(const char *a, const char *b)
{
	char *text;
	return asprintf(&text, "%s%s", a, b) < 0 ? NULL : text;
}

static void free_names(struct csv *csv)
{
	free(csv->path);
	free(csv->stem);
	free(csv->temporary);
}

static bool set_names(struct csv *csv, const char *path)
{
	size_t bytes = strlen(path);
	if (bytes < 5 || strcmp(path + bytes - 4, ".csv") != 0)
		return complain(path, "the name of a result file must end in .csv");
	csv->path = strdup(path);
	csv->stem = strndup(path, bytes - 4);
	csv->temporary = join(path, ".tmp");
	if (csv->path != NULL && csv->stem != NULL && csv->temporary != NULL)
		return true;
	free_names(csv);
	return complain(path, "no memory");
}

static const char left_behind[] =
    "exists: another run is writing it or was killed. To keep its rows, rename it to NAME.partial.csv; --force replaces it";

bool csv_open(struct csv *csv, const char *path, bool force)
{
	*csv = (struct csv){.fd = -1};
	if (!set_names(csv, path))
		return false;
	if (!force && access(path, F_OK) == 0) {
		complain(path, "exists; --force replaces it");
		goto no_file;
	}
	csv->fd = open(csv->temporary, O_WRONLY | O_CREAT | (force ? O_TRUNC : O_EXCL) | O_CLOEXEC, 0666);
	if (csv->fd < 0) {
		complain(csv->temporary, errno == EEXIST ? left_behind : strerror(errno));
		goto no_file;
	}
	size_t bytes;
	char *text = heading(&bytes);
	if (append(csv, text, bytes))
		return true;
	close(csv->fd);
	unlink(csv->temporary);
no_file:
	free_names(csv);
	return false;
}

bool csv_write(struct csv *csv, struct csv_row *row)
{
	size_t bytes;
	round_all(row);
	char *text = line(row, &bytes);
	if (csv->failed || !append(csv, text, bytes))
		return false;
	csv->rows++;
	return true;
}

/* A full disk may be reported only here. */
static bool settle(struct csv *csv)
{
	bool ok = fsync(csv->fd) == 0 || errno == EINVAL;
	if (!ok)
		complain(csv->temporary, strerror(errno));
	return close(csv->fd) == 0 && ok;
}

bool csv_close(struct csv *csv, bool complete, char **placed)
{
	bool ok = settle(csv);
	complete = complete && ok && !csv->failed;
	*placed = NULL;
	if (csv->rows == 0) {
		unlink(csv->temporary);
	} else {
		char *final = complete ? strdup(csv->path) : join(csv->stem, ".partial.csv");
		if (final != NULL && rename(csv->temporary, final) == 0) {
			*placed = final;
		} else {
			free(final);
			ok = complain(csv->temporary, "cannot be renamed; the rows are in it");
		}
	}
	free_names(csv);
	return ok && !csv->failed;
}
