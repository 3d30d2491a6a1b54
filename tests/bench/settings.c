/* SPDX-License-Identifier: BSD-3-Clause */
/* What is recorded and warned about on a system, with made-up trees of /proc and /sys. */
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "settings.h"

#define CPU "/sys/devices/system/cpu/"

struct file {
	const char *path, *text;
};

/* A machine without any warning. */
static const struct file good[] = {
    {CPU "cpu0/cpufreq/scaling_governor", "performance"},
    {CPU "cpu1/cpufreq/scaling_governor", "performance"},
    {CPU "intel_pstate/no_turbo", "1"},
    {CPU "cpufreq/boost", "0"},
    {CPU "smt/active", "0"},
    {CPU "isolated", ""},
    {CPU "vulnerabilities/meltdown", "Not affected"},
    {CPU "vulnerabilities/spectre_v2", "Mitigation: Retpolines"},
    {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc"},
    {"/sys/devices/system/node/node1/cpulist", "1"},
    {"/proc/loadavg", "0.00 0.00 0.00 1/100 1"},
    {"/proc/stat", "cpu 100 0 100 800 0 0 0 0 0 0"},
    {"/proc/cpuinfo", "flags\t\t: fpu tsc"},
    {"/proc/sys/kernel/numa_balancing", "0"},
    {"/proc/sys/kernel/randomize_va_space", "2"},
    {"/proc/self/cgroup", "0::/user/shell"},
    {"/sys/fs/cgroup/user/shell/cpu.max", "max 100000"},
};

/* One change to it, and the warning that must follow. */
static const struct {
	struct file file;
	const char *words;
} bad[] = {
    {{CPU "cpu0/cpufreq/scaling_governor", "powersave"}, "governor of cpu0 is powersave"},
    {{CPU "cpu1/cpufreq/scaling_governor", "schedutil"}, "governor of cpu1 is schedutil"},
    {{CPU "intel_pstate/no_turbo", "0"}, "turbo is on"},
    {{CPU "cpufreq/boost", "1"}, "boost is on"},
    {{CPU "smt/active", "1"}, "SMT is on"},
    {{"/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet"}, "hpet"},
    {{"/proc/loadavg", "9999.00 0.00 0.00 1/100 1"}, "load average is 9999.00"},
    {{"/proc/stat", "cpu 100 0 100 700 0 0 0 100 0 0"}, "hypervisor took 10.0 %"},
    {{"/proc/sys/kernel/numa_balancing", "1"}, "NUMA"},
    {{"/sys/fs/cgroup/user/shell/cpu.max", "150000 100000"}, "1.50 CPUs"},
    {{"/sys/fs/cgroup/user/cpu.max", "50000 100000"}, "0.50 CPUs"},
};

static char root[32];

static void write_file(const struct file *file)
{
	char path[256];
	snprintf(path, sizeof(path), "%s%s", root, file->path);
	for (char *slash = strchr(path + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "%s\n", file->text);
	assert_int_equal(fclose(f), 0);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int empty_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/extram-settings-XXXXXX");
	return mkdtemp(root) == NULL;
}

static int good_root(void **state)
{
	if (empty_root(state) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		write_file(&good[i]);
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Returns the warnings. The caller frees them. */
static char *warned(uint32_t *count)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	assert_non_null(f);
	*count = settings_warn(f, "here: ", root);
	assert_int_equal(fclose(f), 0);
	return text;
}

static char *printed(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	assert_non_null(f);
	settings_print(f, root);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void assert_says(const char *text, const char *line)
{
	if (strstr(text, line) == NULL)
		fail_msg("no '%s' in:\n%s", line, text);
}

static void a_good_machine_is_not_warned_of(void **state)
{
	uint32_t count;
	(void)state;
	char *text = warned(&count);
	assert_string_equal(text, "");
	assert_int_equal(count, 0);
	free(text);
}

static void each_harm_is_one_line(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t count;
		write_file(&bad[i].file);
		char *text = warned(&count);
		assert_says(text, bad[i].words);
		assert_int_equal(count, 1);
		assert_ptr_equal(strstr(text, "here: "), text);
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
		free(text);
		remove_root(state);
		good_root(state);
	}
}

static void nothing_known_is_not_a_harm(void **state)
{
	uint32_t count;
	(void)state;
	char *text = warned(&count);
	assert_string_equal(text, "");
	free(text);
	text = printed();
	assert_says(text, "governor: unknown\n");
	assert_says(text, "cpu_quota: none\n");
	assert_says(text, "steal_since_boot_percent: unknown\n");
	assert_says(text, "mitigations: unknown\n");
	free(text);
}

static void settings_are_recorded(void **state)
{
	static const char *const lines[] = {
	    "cpus_isolated: none\n",
	    "governor: performance\n",
	    "smt_active: 0\n",
	    "intel_no_turbo: 1\n",
	    "boost: 0\n",
	    "clocksource: tsc\n",
	    "aslr: 2\n",
	    "numa_balancing: 0\n",
	    "perf_event_paranoid: unknown\n",
	    "hypervisor_flag: yes\n",
	    "cpu_quota: 0.50\n",
	    "steal_since_boot_percent: 10.000\n",
	    "mitigations: spectre_v2 = Mitigation: Retpolines\n",
	};
	static const struct file changed[] = {
	    {"/proc/cpuinfo", "flags\t\t: fpu hypervisor tsc"},
	    {"/proc/stat", "cpu 100 0 100 700 0 0 0 100 0 0"},
	    {"/sys/fs/cgroup/user/cpu.max", "50000 100000"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++)
		write_file(&changed[i]);
	char *text = printed();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_says(text, lines[i]);
	free(text);
}

static void the_first_version_of_control_groups(void **state)
{
	static const struct file files[] = {
	    {"/proc/self/cgroup", "3:memory:/m\n2:cpu,cpuacct:/a/b\n1:cpuset:/c"},
	    {"/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1"},
	    {"/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000"},
	    {"/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000"},
	    {"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000"},
	};
	(void)state;
	assert_true(isinf(cgroup_quota(root)));
	for (size_t i = 0; i < 3; i++)
		write_file(&files[i]);
	assert_true(isinf(cgroup_quota(root)));
	write_file(&files[3]);
	write_file(&files[4]);
	assert_true(cgroup_quota(root) == 2.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_good_machine_is_not_warned_of, good_root, remove_root),
	    cmocka_unit_test_setup_teardown(each_harm_is_one_line, good_root, remove_root),
	    cmocka_unit_test_setup_teardown(nothing_known_is_not_a_harm, empty_root, remove_root),
	    cmocka_unit_test_setup_teardown(settings_are_recorded, good_root, remove_root),
	    cmocka_unit_test_setup_teardown(the_first_version_of_control_groups, empty_root, remove_root),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
