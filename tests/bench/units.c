/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as they are printed: what they look like, that none is wider than its column, and that
 * two never run together. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "units.h"

static const struct {
	enum units unit;
	double value;
	const char *text;
} written[] = {
    {UNITS_NS, 0, "0 ns"},
    {UNITS_NS, NAN, "-"},
    {UNITS_NS, 0.5, "0.50 ns"},
    {UNITS_NS, 0.001, "<0.01 ns"},
    {UNITS_NS, 2.6, "2.60 ns"},
    {UNITS_NS, 9.994, "9.99 ns"},
    {UNITS_NS, 9.996, "10.0 ns"},
    {UNITS_NS, 99.96, "100 ns"},
    {UNITS_NS, 999.4, "999 ns"},
    {UNITS_NS, 999.6, "1.00 us"},
    {UNITS_NS, 1e3, "1.00 us"},
    {UNITS_NS, 113e3, "113 us"},
    {UNITS_NS, 999.6e3, "1.00 ms"},
    {UNITS_NS, 1e9, "1.00 s"},
    {UNITS_NS, 12345678901, "12.3 s"},
    {UNITS_NS, 1e12, "16.7 min"},
    {UNITS_NS, 1e15, "278 h"},
    {UNITS_NS, 1e18, "1e+04 d"},
    {UNITS_NS, INFINITY, "inf d"},
    {UNITS_NS, -2.6, "-2.60 ns"},
    {UNITS_US, 3.25, "3.25 us"},
    {UNITS_US, 0.5, "500 ns"},
    {UNITS_MS, 1500, "1.50 s"},
    {UNITS_MS, NAN, "-"},
    {UNITS_COUNT, 0, "0"},
    {UNITS_COUNT, 64, "64"},
    {UNITS_COUNT, 2.5, "2.5"},
    {UNITS_COUNT, 99999, "99999"},
    {UNITS_COUNT, 99999.5, "100 k"},
    {UNITS_COUNT, 12345678901, "12.3 G"},
    {UNITS_COUNT, 1e18, "1e+06 T"},
    {UNITS_RATIO, 0, "0"},
    {UNITS_RATIO, 0.984, "0.98"},
    {UNITS_RATIO, 1, "1.00"},
    {UNITS_RATIO, 0.001, "<0.01"},
    {UNITS_RATIO, NAN, "-"},
};

static void edges_are_written(void **state)
{
	(void)state;
	char text[UNITS_BYTES];
	setlocale(LC_CTYPE, "C");
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		units_write(text, written[i].unit, written[i].value);
		assert_string_equal(text, written[i].text);
	}
}

static void utf8_has_the_micro_sign(void **state)
{
	(void)state;
	char text[UNITS_BYTES];
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	units_write(text, UNITS_NS, 113e3);
	assert_string_equal(text, "113 µs");
	setlocale(LC_CTYPE, "C");
}

/* Every magnitude of a double, a little below and above each power of ten. */
static void nothing_is_wider_than_its_column(void **state)
{
	(void)state;
	char text[UNITS_BYTES];
	wchar_t wide[UNITS_BYTES];
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "C");
	for (enum units unit = UNITS_NS; unit <= UNITS_RATIO; unit++)
		for (double value = 1e-300; value < 1e300; value *= 10)
			for (int i = 0; i < 6; i++) {
				static const double near[] = {0.9949, 0.9951, 0.99951, 1, 1.23456, 5.5};
				units_write(text, unit, value * near[i]);
				size_t columns = mbstowcs(wide, text, UNITS_BYTES);
				assert_in_range(columns, 1, UNITS_WIDTH);
			}
	setlocale(LC_CTYPE, "C");
}

static void printed(char *line, size_t bytes, const char *a, const char *b)
{
	FILE *f = fmemopen(line, bytes, "w");
	assert_non_null(f);
	units_print(f, a, ' ');
	units_print(f, b, '!');
	assert_int_equal(fclose(f), 0);
}

static void texts_never_run_together(void **state)
{
	(void)state;
	char line[64];
	printed(line, sizeof(line), "113 µs", "1.10 s");
	assert_string_equal(line, "   113 µs    1.10 s!");
	printed(line, sizeof(line), "12345678901", "12345678901");
	assert_string_equal(line, " 12345678901  12345678901!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(edges_are_written),
	    cmocka_unit_test(utf8_has_the_micro_sign),
	    cmocka_unit_test(nothing_is_wider_than_its_column),
	    cmocka_unit_test(texts_never_run_together),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
