/* SPDX-License-Identifier: BSD-3-Clause */
#include "settings.h"

#include <glob.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "sysfile.h"

#define CPU "/sys/devices/system/cpu/"
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

/*
 * Other programs affect the numbers from this share on: of the CPUs' time since boot, and of the
 * CPUs' load.
 */
#define STEAL_MUCH 0.01
#define LOAD_MUCH 0.25

static bool is(const char *root, const char *path, const char *value)
{
	char text[64];
	return strcmp(sysfile_line(root, path, text, sizeof(text)), value) == 0;
}

/* Files whose first line is recorded. */
static const struct {
	const char *key, *path;
} facts[] = {
    {"cpus_online", CPU "online"},
    {"cpus_possible", CPU "possible"},
    {"cpus_isolated", CPU "isolated"},
    {"cpus_nohz_full", CPU "nohz_full"},
    {"smt", CPU "smt/control"},
    {"smt_active", CPU "smt/active"},
    {"governor", CPU "cpu0/cpufreq/scaling_governor"},
    {"frequency_driver", CPU "cpu0/cpufreq/scaling_driver"},
    {"intel_no_turbo", CPU "intel_pstate/no_turbo"},
    {"boost", CPU "cpufreq/boost"},
    {"clocksource", CLOCKSOURCE},
    {"aslr", "/proc/sys/kernel/randomize_va_space"},
    {"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"numa_balancing", "/proc/sys/kernel/numa_balancing"},
    {"perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"},
    {"hypervisor_type", "/sys/hypervisor/type"},
    {"system_vendor", "/sys/class/dmi/id/sys_vendor"},
    {"load", "/proc/loadavg"},
};

/* On x86-64, the kernel marks a virtual machine with a CPU flag. */
static bool has_hypervisor_flag(const char *root)
{
	char line[8192];
	bool found = false;
	FILE *f = sysfile_open(root, "/proc/cpuinfo");
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor") != NULL;
	if (f != NULL)
		fclose(f);
	return found;
}

/* Hypervisor steal as a share of the CPUs' time since boot. NAN: unknown. */
static double steal_share(const char *root)
{
	unsigned long long t[8] = {0};
	double sum = 0;
	FILE *f = sysfile_open(root, "/proc/stat");
	bool ok = f != NULL &&
		  fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8;
	if (f != NULL)
		fclose(f);
	for (int i = 0; i < 8; i++)
		sum += (double)t[i];
	return ok && sum > 0 ? (double)t[7] / sum : NAN;
}

/* The CPU's known vulnerabilities and their mitigations, which affect the cost of a system call. */
static void print_mitigations(FILE *f, const char *root)
{
	char *pattern;
	char text[256];
	glob_t found;
	const char *before = "";
	if (asprintf(&pattern, "%s" CPU "vulnerabilities/*", root) < 0)
		return;
	size_t any = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	fprintf(f, "mitigations: %s", any == 0 ? "unknown" : "");
	for (size_t i = 0; i < any; i++) {
		const char *path = found.gl_pathv[i];
		const char *done = sysfile_line("", path, text, sizeof(text));
		if (strcmp(done, "Not affected") == 0)
			continue;
		fprintf(f, "%s%s = %s", before, strrchr(path, '/') + 1, done);
		before = " | ";
	}
	fputc('\n', f);
	if (any > 0)
		globfree(&found);
	free(pattern);
}

void settings_print(FILE *f, const char *root)
{
	char text[256];
	double quota = cgroup_quota(root);
	double steal = steal_share(root);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		fprintf(f, "%s: %s\n", facts[i].key, sysfile_line(root, facts[i].path, text, sizeof(text)));
	fprintf(f, "hypervisor_flag: %s\n", has_hypervisor_flag(root) ? "yes" : "no");
	if (isnan(steal))
		fprintf(f, "steal_since_boot_percent: unknown\n");
	else
		fprintf(f, "steal_since_boot_percent: %.3f\n", 100 * steal);
	if (isinf(quota))
		fprintf(f, "cpu_quota: none\n");
	else
		fprintf(f, "cpu_quota: %.2f\n", quota);
	print_mitigations(f, root);
}

static void warn(FILE *f, const char *prefix, const char *what)
{
	fprintf(f, "%s%s\n", prefix, what);
}

/* Settings with one value that is bad on every machine. */
static const struct {
	const char *path, *bad, *what;
} harms[] = {
    {CPU "intel_pstate/no_turbo", "0", "turbo is on: one busy core is faster than several; echo 1 > " CPU "intel_pstate/no_turbo"},
    {CPU "cpufreq/boost", "1", "boost is on: one busy core is faster than several; echo 0 > " CPU "cpufreq/boost"},
    {CPU "smt/active", "1",
     "SMT is on: work on a core's other thread slows it; unless placement smt is measured, echo off > " CPU "smt/control"},
};

static uint32_t warn_harms(FILE *f, const char *prefix, const char *root)
{
	uint32_t count = 0;
	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		if (!is(root, harms[i].path, harms[i].bad))
			continue;
		warn(f, prefix, harms[i].what);
		count++;
	}
	return count;
}

/* Prints one line, for the first CPU with another governor. */
static uint32_t warn_governor(FILE *f, const char *prefix, const char *root)
{
	static const char tail[] = "/cpufreq/scaling_governor";
	char *pattern;
	char text[64];
	glob_t found;
	uint32_t count = 0;
	if (asprintf(&pattern, "%s" CPU "cpu[0-9]*%s", root, tail) < 0)
		return 0;
	size_t any = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	for (size_t i = 0; i < any && count == 0; i++) {
		const char *path = found.gl_pathv[i];
		const char *cpu = path + strlen(root) + strlen(CPU);
		const char *governor = sysfile_line("", path, text, sizeof(text));
		if (strcmp(governor, "unknown") == 0 || strcmp(governor, "performance") == 0)
			continue;
		fprintf(f, "%sthe frequency governor of %.*s is %s: times may drift; cpupower frequency-set -g performance\n", prefix,
			(int)strcspn(cpu, "/"), cpu, governor);
		count = 1;
	}
	if (any > 0)
		globfree(&found);
	free(pattern);
	return count;
}

static uint32_t warn_clocksource(FILE *f, const char *prefix, const char *root)
{
	char text[64];
	const char *source = sysfile_line(root, CLOCKSOURCE, text, sizeof(text));
	if (strcmp(source, "tsc") == 0 || strcmp(source, "kvm-clock") == 0 || strcmp(source, "arch_sys_counter") == 0 ||
	    strcmp(source, "unknown") == 0)
		return 0;
	fprintf(f, "%sthe kernel does not trust the CPU's counter and uses %s: times may be wrong\n", prefix, source);
	return 1;
}

static uint32_t warn_load(FILE *f, const char *prefix, const char *root)
{
	char text[64];
	double load = strtod(sysfile_line(root, "/proc/loadavg", text, sizeof(text)), NULL);
	double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
	if (load <= LOAD_MUCH * cpus)
		return 0;
	fprintf(f, "%sthe load average is %.2f on %.0f CPUs: other programs run, or ran a minute ago\n", prefix, load, cpus);
	return 1;
}

static uint32_t warn_steal(FILE *f, const char *prefix, const char *root)
{
	double share = steal_share(root);
	if (isnan(share) || share < STEAL_MUCH)
		return 0;
	fprintf(f, "%sthe hypervisor took %.1f %% of the CPUs' time since boot: see windows_clean and steal_ns\n", prefix, 100 * share);
	return 1;
}

static uint32_t warn_quota(FILE *f, const char *prefix, const char *root)
{
	double quota = cgroup_quota(root);
	if (isinf(quota))
		return 0;
	fprintf(f, "%sa control group limits this process to %.2f CPUs: its threads will be stopped for milliseconds; raise cpu.max\n",
		prefix, quota);
	return 1;
}

static uint32_t warn_numa(FILE *f, const char *prefix, const char *root)
{
	if (!is(root, "/proc/sys/kernel/numa_balancing", "1") || is(root, "/sys/devices/system/node/node1/cpulist", "unknown"))
		return 0;
	warn(f, prefix, "the kernel moves pages between NUMA nodes: times may vary; sysctl kernel.numa_balancing=0");
	return 1;
}

uint32_t settings_warn(FILE *f, const char *prefix, const char *root)
{
	return warn_governor(f, prefix, root) + warn_harms(f, prefix, root) + warn_clocksource(f, prefix, root) +
	       warn_load(f, prefix, root) + warn_steal(f, prefix, root) + warn_quota(f, prefix, root) + warn_numa(f, prefix, root);
}
