/* SPDX-License-Identifier: BSD-3-Clause */
/* The axes of the cells: the AXIS rows of results/columns.def. All are constant and thread-safe. */
#ifndef BENCH_AXES_H
#define BENCH_AXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"

#define AXES_VALUES 64 /* most values of one axis */

/* AXES_threads and so on, in the order of the table; AXES is their number. */
enum axes {
#define AXIS(name, ...) AXES_##name,
#include "axes.def"
	AXES
};

/* The indices of these words in the table. */
enum axes_level { AXES_LIST, AXES_CALLBACK, AXES_MACHINE };
enum axes_arrivals { AXES_FIXED, AXES_POISSON };

enum axes_values { AXES_NAME, AXES_WORD, AXES_OWN, AXES_NUMBER, AXES_POSITIVE };
enum axes_shown { AXES_HEADING, AXES_LINE, AXES_NOWHERE };

struct axis {
	const char *column;
	size_t offset;         /* in struct csv_row */
	bool is_text;          /* a TEXT there; otherwise a COUNT */
	bool always;           /* in every row */
	const char *option;    /* "": none */
	const char *help;      /* of the option */
	int key;               /* the option's letter, or 0 */
	const char *phrase;    /* a format for the value's text */
	const char *words[17]; /* of a WORD or OWN; ends with NULL */
	enum axes_values values;
	enum axes_shown shown;
};

extern const struct axis axes_all[AXES];

/* Values of an axis. */
struct axes_list {
	uint64_t value[AXES_VALUES];
	uint32_t count;
};

/* Appends a value that the list does not have and that it has room for. */
void axes_append(struct axes_list *list, uint64_t value);

/* Reports whether the value is in the list, or the list is empty. */
bool axes_selected(const struct axes_list *list, uint64_t value);

/* The index of a word of a WORD or OWN, or -1. */
int axes_word(enum axes axis, const char *word);

#define AXES_TEXT 24 /* bytes for the text of a number */

/* A row's value as text. "" if the row does not have the axis. text is for numbers. */
const char *axes_text(const struct csv_row *row, enum axes axis, char text[AXES_TEXT]);

/* Reports whether the rows have the same value. */
bool axes_same(const struct csv_row *a, const struct csv_row *b, enum axes axis);

/*
 * The name of a row's cell: workload/level/strategy:variant/threads:N/placement/hold:N and so on.
 * Axes that are not in every row are left out if they are empty or 0. results/names.py gives rows
 * the same name. The caller frees it. NULL: no memory.
 */
char *axes_name(const struct csv_row *row);

#endif
