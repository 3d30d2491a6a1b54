/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of CPUs, for tables with one entry per CPU. The numbers may have gaps, so the count
 * of CPUs is not the size of such a table: with the CPUs 0-3 and 8-11 it needs 12 entries.
 *
 * Source: /sys/devices/system/cpu/possible (Documentation/admin-guide/cputopology.rst of the
 * kernel) and sched_getaffinity(2).
 *
 * Needs _GNU_SOURCE. Any thread may call these functions at any time. They read files and allocate,
 * so call them from init and diagnostics, not from get and put.
 */
#ifndef EXTRAM_CPU_NUMBERS_H
#define EXTRAM_CPU_NUMBERS_H

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Every number is below this. It bounds the memory that a made-up file can ask for. The kernel's
 * own bound is 8192. */
#define CPU_NUMBERS_MAX (UINT32_C(1) << 16)

/* The size of a table with an entry for each CPU, and of one for the CPUs that the calling thread
 * may use. A model of a machine defines its own. */
#ifndef EXTRAM_CPUS
#define EXTRAM_CPUS() cpu_numbers_end()
#define EXTRAM_CPUS_ALLOWED() cpu_numbers_allowed_end()
#endif

/* Reads one number at *at and moves *at behind it. False: there is no number, or it is too high. */
static inline bool cpu_numbers_one(const char **at, uint32_t *number)
{
	const char *begin = *at;
	*number = 0;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		*number = *number * 10 + (uint32_t)(**at - '0');
		if (*number >= CPU_NUMBERS_MAX)
			return false;
	}
	return *at != begin;
}

/* The highest number in a list such as "0-3,8-11", plus 1. A newline may follow. 0: the text is not
 * such a list. */
static inline uint32_t cpu_numbers_parse(const char *text)
{
	uint32_t first, last, end = 0;
	for (const char *at = text; cpu_numbers_one(&at, &first); at++) {
		last = first;
		if (*at == '-' && (at++, !cpu_numbers_one(&at, &last) || last < first))
			return 0;
		end = last >= end ? last + 1 : end;
		if (*at == '\0' || (*at == '\n' && at[1] == '\0'))
			return end;
		if (*at != ',')
			return 0;
	}
	return 0;
}

/* Parses the file. 0: the file cannot be read, or its text is not such a list. */
static inline uint32_t cpu_numbers_read(const char *path)
{
	char text[4096]; /* one page: such a file is never longer */
	FILE *f = fopen(path, "re");
	size_t n = f == NULL ? 0 : fread(text, 1, sizeof(text), f);
	if (f != NULL)
		fclose(f);
	if (n == sizeof(text))
		return 0;
	text[n] = '\0';
	return cpu_numbers_parse(text);
}

/*
 * The CPUs that the calling thread may use. The caller frees the set with CPU_FREE; *bytes is its
 * size. NULL: the kernel gave none, and errno is the reason. The kernel refuses a set that is too
 * small for its CPUs (EINVAL), so the set grows until it fits.
 */
static inline cpu_set_t *cpu_numbers_allowed(size_t *bytes)
{
	for (uint32_t cpus = CPU_SETSIZE; cpus <= CPU_NUMBERS_MAX; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC(cpus);
		*bytes = CPU_ALLOC_SIZE(cpus);
		if (set == NULL || sched_getaffinity(0, *bytes, set) == 0)
			return set;
		int err = errno;
		CPU_FREE(set);
		errno = err;
		if (err != EINVAL)
			break;
	}
	return NULL;
}

/* The highest number among the allowed CPUs, plus 1. 0: not known. */
static inline uint32_t cpu_numbers_allowed_end(void)
{
	size_t bytes;
	uint32_t end = 0;
	cpu_set_t *set = cpu_numbers_allowed(&bytes);
	for (uint32_t cpu = 0; set != NULL && cpu < bytes * 8; cpu++)
		end = CPU_ISSET_S(cpu, bytes, set) ? cpu + 1 : end;
	if (set != NULL)
		CPU_FREE(set);
	return end;
}

/*
 * The highest number that a CPU may have, plus 1; at least 1. CPUs that are absent, or are added
 * later, are below it. A file that does not come from the kernel may omit CPUs that the thread may
 * use: those are below it as well.
 */
static inline uint32_t cpu_numbers_end(void)
{
	uint32_t allowed = cpu_numbers_allowed_end();
	uint32_t end = cpu_numbers_read("/sys/devices/system/cpu/possible");
	if (end == 0) {
		long configured = sysconf(_SC_NPROCESSORS_CONF); /* -1: not known */
		end = configured < 1 ? 1 : (uint32_t)configured;
	}
	return allowed > end ? allowed : end;
}

#endif
