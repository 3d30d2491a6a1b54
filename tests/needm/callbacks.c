/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * callbacks NAME N: makes N callbacks in one thread, for syscalls.py to count. callbacks: prints
 * every strategy's name, and whether a callback makes all its system calls ("borrows") or none
 * ("binds"; "may_lose" where another thread may take the m).
 */
#include <stdio.h>
#include <stdlib.h>

#include "needm.h"

static const char *kind(const struct extram_strategy *s)
{
	if ((s->properties & EXTRAM_BOUND) == 0)
		return "borrows";
	return s->bound == NULL ? "binds" : "may_lose";
}

static int list(void)
{
	for (const struct extram_strategy *const *s = extram_strategies; *s != NULL; s++)
		printf("%s %s\n", (*s)->name, kind(*s));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return list();
	const struct extram_strategy *s = argc == 3 ? extram_find(argv[1]) : NULL;
	struct needm_runtime rt;
	const char *why = "usage: callbacks [STRATEGY N]";
	if (s == NULL || !needm_init(&rt, s, &needm_libc_memory, &why)) {
		fprintf(stderr, "%s\n", why);
		return 2;
	}
	for (int n = atoi(argv[2]); n > 0; n--) {
		needm_refill(&rt, needm_enter(&rt, s));
		needm_leave(&rt, s);
	}
	needm_thread_exit(&rt);
	needm_fini(&rt);
	return 0;
}
