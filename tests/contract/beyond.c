/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * beyond VARIANT STRATEGY: checks that a strategy with an entry for each CPU says so in its variant
 * when there are CPUs without an entry. It is linked with strategies that see one CPU. VARIANT is a
 * program linked with the unchanged strategies.
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"

#define SKIP 77

static const char *variant_of(const struct extram_strategy *s)
{
	struct fixture f = fixture_make(s, 1);
	const char *variant = s->variant(f.list);
	fixture_free(&f);
	return variant;
}

/* What the strategy says when every CPU has an entry. */
static bool usual_variant(const char *program, const char *name, char *text, int bytes)
{
	char command[4096];
	snprintf(command, sizeof(command), "'%s' '%s'", program, name);
	FILE *f = popen(command, "r");
	bool ok = f != NULL && fgets(text, bytes, f) != NULL;
	ok = f != NULL && pclose(f) == 0 && ok;
	text[ok ? strcspn(text, "\n") : 0] = '\0';
	return ok;
}

int main(int argc, char **argv)
{
	char usual[64];
	const struct extram_strategy *s = argc < 2 ? NULL : extram_find(argv[argc - 1]);
	check(s != NULL, "usage: %s [PROGRAM] STRATEGY", argv[0]);
	if (argc == 2) {
		puts(variant_of(s));
		return 0;
	}
	if (crew_cpu(crew_cpus() - 1) == 0) {
		puts("skipped: only CPU 0 may be used");
		return SKIP;
	}
	check(usual_variant(argv[1], s->name, usual, sizeof(usual)), "%s does not tell a variant", argv[1]);
	const char *variant = variant_of(s);
	printf("variant %s, and %s where CPUs have no entry\n", usual, variant);
	check(strcmp(usual, variant) != 0, "%s: the variant is %s although CPUs have no entry", s->name, variant);
	check(variant[strcspn(variant, " /")] == '\0', "%s: the variant '%s' is not one word", s->name, variant);
	return 0;
}
