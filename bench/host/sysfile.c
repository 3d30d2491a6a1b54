/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysfile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

FILE *sysfile_open(const char *root, const char *path)
{
	char *whole;
	if (asprintf(&whole, "%s%s", root, path) < 0)
		return NULL;
	FILE *f = fopen(whole, "re");
	free(whole);
	return f;
}

const char *sysfile_line(const char *root, const char *path, char *text, size_t bytes)
{
	FILE *f = sysfile_open(root, path);
	bool ok = f != NULL && fgets(text, (int)bytes, f) != NULL;
	if (f != NULL)
		fclose(f);
	if (!ok)
		snprintf(text, bytes, "unknown");
	text[strcspn(text, "\n")] = '\0';
	return text[0] == '\0' ? "none" : text;
}
