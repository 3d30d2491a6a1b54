/* SPDX-License-Identifier: BSD-3-Clause */
/* cell_names FILE.csv: the name of each row's cell, one a line, as the program spells it. */
#include <stdio.h>
#include <stdlib.h>

#include "axes.h"
#include "rows.h"

int main(int argc, char **argv)
{
	struct rows rows = {NULL, 0, 0, NULL};
	if (argc != 2 || !rows_read(&rows, argv[1]))
		return 2;
	for (uint32_t i = 0; i < rows.count; i++) {
		char *name = axes_name(&rows.all[i]);
		puts(name == NULL ? "no memory" : name);
		free(name);
	}
	rows_free(&rows);
	return 0;
}
