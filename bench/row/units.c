/* SPDX-License-Identifier: BSD-3-Clause */
#include "units.h"

#include <langinfo.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct step {
	double size;
	const char *name, *ascii; /* ascii: the name in other encodings */
};

static const struct step times[] = {
    {1, " ns", " ns"},      {1e3, " µs", " us"},  {1e6, " ms", " ms"},   {1e9, " s", " s"},
    {60e9, " min", " min"}, {3600e9, " h", " h"}, {86400e9, " d", " d"}, {0, NULL, NULL},
};
/* Powers of ten with names. Values beyond them are printed with an exponent. */
static const struct step counts[] = {
    {1, "", ""}, {1e3, " k", " k"}, {1e6, " M", " M"}, {1e9, " G", " G"}, {1e12, " T", " T"}, {0, NULL, NULL},
};

#define ROUNDS_TO_1000 999.5 /* with three digits */
#define EXACT 99999.5        /* smaller counts are printed in full */

/* The first step with at most three digits before the point, or the last step. */
static const struct step *choose(const struct step *steps, double value)
{
	while (steps[1].name != NULL && value / steps->size >= ROUNDS_TO_1000)
		steps++;
	return steps;
}

static const char *name(const struct step *step)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? step->name : step->ascii;
}

static int decimals(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static void scaled(char text[UNITS_BYTES], const struct step *steps, double value)
{
	const char *sign = value < 0 ? "-" : "";
	double size = fabs(value);
	const struct step *step = choose(steps, size);
	size /= step->size;
	if (value > 0 && size < 0.005)
		snprintf(text, UNITS_BYTES, "<0.01%s", name(step));
	else if (size >= ROUNDS_TO_1000)
		snprintf(text, UNITS_BYTES, "%s%.0e%s", sign, size, name(step));
	else
		snprintf(text, UNITS_BYTES, "%s%.*f%s", sign, decimals(size), size, name(step));
}

static void count(char text[UNITS_BYTES], double value)
{
	if (fabs(value) < EXACT)
		snprintf(text, UNITS_BYTES, "%.*f", value == floor(value) ? 0 : 1, value);
	else
		scaled(text, counts, value);
}

void units_write(char text[UNITS_BYTES], enum units unit, double value)
{
	static const double ns[] = {[UNITS_NS] = 1, [UNITS_US] = 1e3, [UNITS_MS] = 1e6};
	if (isnan(value))
		snprintf(text, UNITS_BYTES, "-");
	else if (value == 0)
		snprintf(text, UNITS_BYTES, unit <= UNITS_MS ? "0 ns" : "0");
	else if (unit == UNITS_COUNT)
		count(text, value);
	else if (unit == UNITS_RATIO)
		scaled(text, counts, value);
	else
		scaled(text, times, value * ns[unit]);
}

/* In UTF-8 every byte takes a column, except continuation bytes. */
static int columns(const char *text)
{
	int n = 0;
	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void units_print(FILE *f, const char *text, char mark)
{
	int missing = UNITS_WIDTH - columns(text);
	fprintf(f, " %*s%s%c", missing > 0 ? missing : 0, "", text, mark);
}
