/* SPDX-License-Identifier: BSD-3-Clause */
#include "rows.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS 256 /* most fields of a line */

enum kind { KIND_TEXT, KIND_COUNT, KIND_REAL };

static const struct column {
	const char *name;
	enum kind kind;
	size_t offset; /* offset in struct csv_row */
} columns[] = {
#define COLUMN(name, kind, presence, meaning) {#name, KIND_##kind, offsetof(struct csv_row, name)},
#include "columns.def"
#undef COLUMN
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool no_memory(void)
{
	fprintf(stderr, "extram-bench: no memory for the rows\n");
	return false;
}

/* Returns the rows' copy of a text, or NULL. */
static const char *keep_text(struct rows *rows, const char *text)
{
	if (text[0] == '\0')
		return "";
	void *node = tfind(text, &rows->texts, compare_texts);
	if (node != NULL)
		return *(const char **)node;
	char *copy = strdup(text);
	node = copy == NULL ? NULL : tsearch(copy, &rows->texts, compare_texts);
	if (node == NULL)
		free(copy);
	return node == NULL ? NULL : copy;
}

static bool keep_texts(struct rows *rows, struct csv_row *row)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const char **text = (const char **)((char *)row + columns[i].offset);
		if (columns[i].kind == KIND_TEXT && (*text = keep_text(rows, *text)) == NULL)
			return false;
	}
	return true;
}

bool rows_add(struct rows *rows, const struct csv_row *row)
{
	if (rows->count == rows->room) {
		uint32_t room = rows->room == 0 ? 256 : 2 * rows->room;
		struct csv_row *all = realloc(rows->all, room * sizeof(*all));
		if (all == NULL)
			return no_memory();
		rows->all = all;
		rows->room = room;
	}
	rows->all[rows->count] = *row;
	if (!keep_texts(rows, &rows->all[rows->count]))
		return no_memory();
	rows->count++;
	return true;
}

void rows_free(struct rows *rows)
{
	tdestroy(rows->texts, free);
	free(rows->all);
	*rows = (struct rows){NULL, 0, 0, NULL};
}

void rows_label(const struct csv_row *row, char *text, size_t bytes)
{
	bool fallback = row->fallback == 1;
	snprintf(text, bytes, "%s%s%s", row->strategy, fallback ? ":" : "", fallback ? row->variant : "");
}

/* A file being read. Fields are split in place. */
struct reader {
	const char *path;
	char *at;
	uint32_t line;
	char *field[FIELDS];
	uint32_t fields;
	const struct column *column[FIELDS]; /* of the header; NULL: unknown */
	uint32_t columns;
};

static bool complain(const struct reader *r, const char *column, const char *why)
{
	fprintf(stderr, "extram-bench: %s:%" PRIu32 ": %s: %s\n", r->path, r->line, column, why);
	return false;
}

/* Splits off a quoted field after its opening quote. False: the closing quote is missing. */
static bool cut_quoted(struct reader *r)
{
	char *to = r->at;
	for (char *from = r->at; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"') {
			r->at = from;
			*to = '\0';
			return true;
		}
		*to++ = *from;
	}
	return false;
}

/*
 * Splits off one field. *more: another field follows on this line. False: a closing quote is
 * missing.
 */
static bool cut_field(struct reader *r, char **field, bool *more)
{
	bool quoted = *r->at == '"';
	*field = r->at += quoted;
	if (quoted && !cut_quoted(r))
		return false;
	if (!quoted)
		r->at += strcspn(r->at, ",\r\n");
	char *end = r->at;
	*more = *end == ',';
	r->at += strspn(r->at, "\r");
	r->at += *r->at != '\0';
	*end = '\0';
	return true;
}

static bool cut_line(struct reader *r)
{
	bool more = true;
	r->line++;
	for (r->fields = 0; more; r->fields++) {
		if (r->fields == FIELDS)
			return complain(r, "row", "too many columns");
		if (!cut_field(r, &r->field[r->fields], &more))
			return complain(r, "row", "a quote is not closed");
	}
	return true;
}

static bool read_header(struct reader *r)
{
	bool schema = false;
	if (!cut_line(r))
		return false;
	r->columns = r->fields;
	for (uint32_t i = 0; i < r->columns; i++) {
		r->column[i] = NULL;
		for (size_t k = 0; k < COLUMNS; k++)
			if (strcmp(columns[k].name, r->field[i]) == 0)
				r->column[i] = &columns[k];
		schema = schema || (r->column[i] != NULL && r->column[i]->offset == offsetof(struct csv_row, schema));
	}
	return schema || complain(r, "schema", "the column is missing: not a result file");
}

static bool set_field(struct csv_row *row, const struct column *column, const char *text)
{
	void *to = (char *)row + column->offset;
	char *end;
	errno = 0;
	if (column->kind == KIND_TEXT) {
		*(const char **)to = text;
		return true;
	}
	if (text[0] == '\0')
		return true;
	if (column->kind == KIND_COUNT)
		*(uint64_t *)to = strtoull(text, &end, 10);
	else
		*(double *)to = strtod(text, &end);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* The present name of a strategy that an older file calls otherwise. */
static const char *present_name(const char *strategy)
{
	static const char *const renames[][2] = {
#define RENAME(old, name) {old, name},
#include "renames.def"
#undef RENAME
	};
	for (size_t i = 0; i < sizeof(renames) / sizeof(renames[0]); i++)
		if (strcmp(strategy, renames[i][0]) == 0)
			return renames[i][1];
	return strategy;
}

static bool read_row(struct reader *r, struct rows *rows)
{
	struct csv_row row;
	csv_clear(&row);
	if (!cut_line(r))
		return false;
	if (r->fields != r->columns)
		return complain(r, "row", *r->at == '\0' ? "the file is truncated" : "it has a different number of fields than the header");
	for (uint32_t i = 0; i < r->fields; i++)
		if (r->column[i] != NULL && !set_field(&row, r->column[i], r->field[i]))
			return complain(r, r->column[i]->name, "not a number");
	if (row.schema != EXTRAM_SCHEMA)
		return complain(r, "schema", "written by another version");
	row.strategy = present_name(row.strategy);
	return rows_add(rows, &row);
}

/* Reads the whole file, with a NUL at the end. The caller frees it. NULL: the cause was printed. */
static char *read_text(const char *path)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *f = fopen(path, "re");
	errno = f == NULL ? errno : 0;
	if (f != NULL && getdelim(&text, &bytes, '\0', f) < 0 && errno == 0)
		errno = ENODATA;
	if (errno != 0) {
		fprintf(stderr, "extram-bench: %s: cannot be read: %s\n", path, errno == ENODATA ? "it is empty" : strerror(errno));
		free(text);
		text = NULL;
	}
	if (f != NULL)
		fclose(f);
	return text;
}

bool rows_read(struct rows *rows, const char *path)
{
	static const char bom[] = "\xef\xbb\xbf";
	uint32_t before = rows->count;
	char *text = read_text(path);
	if (text == NULL)
		return false;
	struct reader r = {.path = path, .at = strncmp(text, bom, 3) == 0 ? text + 3 : text};
	bool ok = read_header(&r);
	while (ok && *r.at != '\0')
		ok = read_row(&r, rows);
	if (ok && rows->count == before)
		ok = complain(&r, "file", "has no rows");
	free(text);
	return ok;
}
