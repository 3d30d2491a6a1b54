/* SPDX-License-Identifier: BSD-3-Clause */
/* callbacks [NAME] N: N callbacks of one thread, for syscalls.py to count. Without NAME: over the first strategy that is no floor. */
#include <stdio.h>
#include <stdlib.h>

#include "needm.h"

static const struct extram_strategy *first(void)
{
	const struct extram_strategy *const *s = extram_strategies;
	while (*s != NULL && (*s)->properties & EXTRAM_KEEPS)
		s++;
	return *s;
}

int main(int argc, char **argv)
{
	const struct extram_strategy *s = argc == 3 ? extram_find(argv[1]) : argc == 2 ? first() : NULL;
	struct needm_runtime rt;
	const char *why = "usage: callbacks [STRATEGY] N";
	if (s == NULL || !needm_init(&rt, s, &needm_libc_memory, &why)) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	for (int n = atoi(argv[argc - 1]); n > 0; n--) {
		needm_refill(&rt, needm(&rt, s));
		dropm(&rt, s);
	}
	needm_fini(&rt);
	return 0;
}
