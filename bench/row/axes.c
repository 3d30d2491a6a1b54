/* SPDX-License-Identifier: BSD-3-Clause */
#include "axes.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ALWAYS true
#define MAYBE false
#define IS_TEXT true
#define IS_COUNT false

const struct axis axes_all[AXES] = {
#define AXIS(name, kind, presence, meaning, from, opt, letter, text, where, words_for, ...)                                                \
	{.column = #name,                                                                                                                  \
	 .offset = offsetof(struct csv_row, name),                                                                                         \
	 .is_text = IS_##kind,                                                                                                             \
	 .always = (presence),                                                                                                             \
	 .values = AXES_##from,                                                                                                            \
	 .option = (opt),                                                                                                                  \
	 .key = (letter),                                                                                                                  \
	 .help = (text),                                                                                                                   \
	 .shown = AXES_##where,                                                                                                            \
	 .phrase = (words_for),                                                                                                            \
	 .words = {__VA_ARGS__}},
#include "axes.def"
};

void axes_append(struct axes_list *list, uint64_t value)
{
	if (list->count < AXES_VALUES && (list->count == 0 || !axes_selected(list, value)))
		list->value[list->count++] = value;
}

bool axes_selected(const struct axes_list *list, uint64_t value)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->value[i] == value)
			return true;
	return list->count == 0;
}

int axes_word(enum axes axis, const char *word)
{
	const char *const *words = axes_all[axis].words;
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static const void *field(const struct csv_row *row, enum axes axis)
{
	return (const char *)row + axes_all[axis].offset;
}

const char *axes_text(const struct csv_row *row, enum axes axis, char text[AXES_TEXT])
{
	if (axes_all[axis].is_text)
		return *(const char *const *)field(row, axis);
	uint64_t value = *(const uint64_t *)field(row, axis);
	if (value == CSV_EMPTY)
		return "";
	snprintf(text, AXES_TEXT, "%" PRIu64, value);
	return text;
}

bool axes_same(const struct csv_row *a, const struct csv_row *b, enum axes axis)
{
	if (axes_all[axis].is_text)
		return strcmp(axes_text(a, axis, NULL), axes_text(b, axis, NULL)) == 0;
	return *(const uint64_t *)field(a, axis) == *(const uint64_t *)field(b, axis);
}

/* Texts of every row stand bare. Others follow the name of their column, which loses its unit. */
static void print_key(FILE *f, enum axes axis)
{
	const char *column = axes_all[axis].column;
	const char *unit = strstr(column, "_ns");
	int bytes = (int)(unit != NULL ? unit - column : (ptrdiff_t)strlen(column));
	if (axis == AXES_variant)
		fputc(':', f);
	else if (axes_all[axis].is_text && axes_all[axis].always)
		fputs(axis == 0 ? "" : "/", f);
	else
		fprintf(f, "/%.*s:", bytes, column);
}

/* Without the characters that separate parts. */
static void print_word(FILE *f, const char *word)
{
	for (; *word != '\0'; word++)
		fputc(*word == '/' || isspace((unsigned char)*word) ? '_' : *word, f);
}

char *axes_name(const struct csv_row *row)
{
	char *name = NULL;
	size_t bytes;
	FILE *f = open_memstream(&name, &bytes);
	if (f == NULL)
		return NULL;
	for (enum axes axis = 0; axis < AXES; axis++) {
		char number[AXES_TEXT];
		const char *text = axes_text(row, axis, number);
		if (text[0] == '\0' || (!axes_all[axis].always && strcmp(text, "0") == 0))
			continue;
		print_key(f, axis);
		print_word(f, text);
	}
	return fclose(f) == 0 ? name : NULL;
}
