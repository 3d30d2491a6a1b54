/* SPDX-License-Identifier: BSD-3-Clause */
/* Which emulator this runs under. */
#ifndef EMULATED_H
#define EMULATED_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Reports whether qemu-user runs this: /proc/cpuinfo is then not that of an arm64 kernel. */
static inline bool emulated_by_qemu_user(void)
{
#if defined(__aarch64__)
	char line[256];
	bool arm64 = false;
	FILE *f = fopen("/proc/cpuinfo", "r");
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		arm64 = arm64 || strncmp(line, "CPU implementer", 15) == 0;
	fclose(f);
	return !arm64;
#else
	return false;
#endif
}

#endif
