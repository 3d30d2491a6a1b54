/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"
#include "version.h"

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

static const char header[] = "time_utc,strategy,variant,arch,phase,threads,ms,pairs,seconds,git_rev,compiler,kernel,cpu_model\n";
static char rows[STRESS_PHASES][512];
static unsigned count;
static int file = -1;

/* The first model name in /proc/cpuinfo; "unknown" on machines that give none. */
static void cpu_model(char *text, size_t bytes)
{
	char line[4096]; /* the line of flags is long */
	FILE *f = fopen("/proc/cpuinfo", "re");
	snprintf(text, bytes, "unknown");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *colon = strchr(line, ':');
		if (colon == NULL || (strncmp(line, "model name", 10) != 0 && strncmp(line, "CPU part", 8) != 0))
			continue;
		snprintf(text, bytes, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	if (f != NULL)
		fclose(f);
	/* The name is written between quotes. */
	for (char *quote; (quote = strchr(text, '"')) != NULL;)
		*quote = '\'';
}

/* Appends all of the text or none: a partly written row is removed. */
static bool append(const char *text)
{
	off_t end = lseek(file, 0, SEEK_END);
	size_t n = strlen(text);
	ssize_t written = write(file, text, n);
	if (written == (ssize_t)n && fdatasync(file) == 0)
		return true;
	fprintf(stderr, "stress: a row cannot be recorded: %s\n", written >= 0 && (size_t)written < n ? "no space left" : strerror(errno));
	if (ftruncate(file, end) != 0)
		fprintf(stderr, "stress: a part of a row stays: %s\n", strerror(errno));
	return false;
}

/* Reports whether an existing file has our columns. */
static bool same_columns(const char *path)
{
	char found[sizeof(header)] = "";
	if (pread(file, found, sizeof(header) - 1, 0) >= 0 && strcmp(found, header) == 0)
		return true;
	fprintf(stderr, "stress: %s: line 1: not the columns of a record\n", path);
	return false;
}

bool record_open(const char *path)
{
	struct stat status;
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (file < 0 || fstat(file, &status) != 0) {
		fprintf(stderr, "stress: %s: %s\n", path, strerror(errno));
		return false;
	}
	return status.st_size == 0 ? append(header) : same_columns(path);
}

void record_phase(const struct extram_strategy *s, const struct phase_done *p)
{
	struct utsname os;
	struct tm tm;
	time_t now = time(NULL);
	char model[128], when[32];
	char *row = rows[count++ % STRESS_PHASES];
	uname(&os);
	cpu_model(model, sizeof(model));
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	int n = snprintf(row, sizeof(rows[0]), "%s,%s,%s,%s,%s,%u,%u,%llu,%.3f,%s,\"%s\",\"%s %s\",\"%s\"\n", when, s->name, p->variant,
			 os.machine, p->name, p->threads, p->ms, (unsigned long long)p->pairs, p->seconds, VERSION_GIT_REV, COMPILER,
			 os.sysname, os.release, model);
	check(n > 0 && (size_t)n < sizeof(rows[0]), "a row has no room");
	check(file < 0 || append(row), "a row is lost");
}

void record_print(void)
{
	printf("# %s", header);
	for (unsigned i = 0; i < count && i < STRESS_PHASES; i++)
		printf("# %s", rows[i]);
}
