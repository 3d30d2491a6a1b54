/* SPDX-License-Identifier: BSD-3-Clause */
#include "cgroup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysfile.h"

/* The quota in one control group's folder, by cgroup v1 or v2. */
static double folder_quota(const char *root, const char *folder)
{
	static const char *const files[][2] = {{"cpu.max", NULL}, {"cpu.cfs_quota_us", "cpu.cfs_period_us"}};
	char path[4096];
	char quota[64];
	char period[64];
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i][0]);
		double allowed = strtod(sysfile_line(root, path, quota, sizeof(quota)), NULL);
		const char *space = strchr(quota, ' ');
		snprintf(period, sizeof(period), "%s", space != NULL ? space + 1 : "");
		if (files[i][1] != NULL) {
			snprintf(path, sizeof(path), "%s/%s", folder, files[i][1]);
			sysfile_line(root, path, period, sizeof(period));
		}
		/* "max", -1 and "unknown" mean no limit. */
		if (allowed > 0 && strtod(period, NULL) > 0)
			return allowed / strtod(period, NULL);
	}
	return INFINITY;
}

/*
 * The tightest limit from a group up to the root of its hierarchy. Limits above it in another
 * namespace are not visible.
 */
static double hierarchy_quota(const char *root, const char *mount, const char *group)
{
	char folder[2048];
	double least = INFINITY;
	size_t top = strlen(mount);
	snprintf(folder, sizeof(folder), "%s%s", mount, group);
	for (;;) {
		least = fmin(least, folder_quota(root, folder));
		char *slash = strrchr(folder, '/');
		if (slash == NULL || (size_t)(slash - folder) < top)
			return least;
		*slash = '\0';
	}
}

double cgroup_quota(const char *root)
{
	char line[1024];
	double least = INFINITY;
	FILE *f = sysfile_open(root, "/proc/self/cgroup");
	/* A line is NUMBER:CONTROLLERS:GROUP. In cgroup v2 CONTROLLERS is empty. */
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *rest = line;
		strsep(&rest, ":");
		const char *controllers = strsep(&rest, ":");
		if (rest == NULL)
			continue;
		rest[strcspn(rest, "\n")] = '\0';
		if (controllers[0] == '\0')
			least = fmin(least, hierarchy_quota(root, "/sys/fs/cgroup", rest));
		else if (strcmp(controllers, "cpu") == 0 || strncmp(controllers, "cpu,", 4) == 0)
			least = fmin(least, hierarchy_quota(root, "/sys/fs/cgroup/cpu", rest));
	}
	if (f != NULL)
		fclose(f);
	return least;
}
