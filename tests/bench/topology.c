/* SPDX-License-Identifier: BSD-3-Clause */
/* Placements on made-up machines. No thread ever leaves the CPUs that the kernel allows this
 * process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu_numbers.h"
#include "topology.h"

static void show(const char *variable, const char *value)
{
	unsetenv("HWLOC_SYNTHETIC");
	unsetenv("HWLOC_XMLFILE");
	unsetenv("HWLOC_THISSYSTEM");
	if (variable != NULL)
		setenv(variable, value, 1);
}

/* Where the threads of a placement go, as "0 4 1 5". */
static void places(const struct topology *t, enum topology_placement placement, char *text, size_t bytes)
{
	size_t n = 0;
	for (uint32_t i = 0; i < topology_cpus(t); i++)
		n += (size_t)snprintf(text + n, bytes - n, i == 0 ? "%u" : " %u", topology_place(t, placement, i));
}

static void assert_places(const char *compact, const char *scatter, const char *smt)
{
	const char *of[] = {compact, scatter, smt};
	char text[256];
	struct topology *t = topology_open_shown(NULL, TOPOLOGY_PERFORMANCE);
	assert_non_null(t);
	for (int i = 0; i < 3; i++) {
		places(t, (enum topology_placement)i, text, sizeof(text));
		assert_string_equal(text, of[i]);
	}
	topology_close(t);
}

/* The output of topology_warn and topology_summary. */
static void said(const struct topology *t, char *text, size_t bytes)
{
	FILE *f = fmemopen(text, bytes, "w");
	assert_non_null(f);
	topology_warn(t, f, "");
	size_t n = (size_t)ftell(f);
	fclose(f);
	topology_summary(t, text + n, (uint32_t)(bytes - n));
}

static void numbers_may_have_gaps(void **state)
{
	(void)state;
	show("HWLOC_SYNTHETIC", "core:4 pu:2(indexes=0,8,1,9,16,24,17,25)");
	assert_places("0 1 16 17 8 9 24 25", "0 16 1 17 8 24 9 25", "0 8 1 9 16 24 17 25");
}

static void without_cores_each_thread_is_one(void **state)
{
	char text[1024];
	const char *why;
	(void)state;
	show("HWLOC_SYNTHETIC", "pu:8");
	assert_places("0 1 2 3 4 5 6 7", "0 4 2 6 1 5 3 7", "0 1 2 3 4 5 6 7");
	struct topology *t = topology_open_shown(NULL, TOPOLOGY_PERFORMANCE);
	said(t, text, sizeof(text));
	assert_non_null(strstr(text, "hwloc shows no cores"));
	assert_non_null(strstr(text, "cores 8 (each hardware thread is taken for one)"));
	assert_false(topology_can(t, TOPOLOGY_SMT, &why));
	topology_close(t);
}

static uint32_t most_apart(const char *machine, enum topology_placement placement)
{
	show("HWLOC_SYNTHETIC", machine);
	struct topology *t = topology_open_shown(NULL, TOPOLOGY_PERFORMANCE);
	assert_non_null(t);
	uint32_t most = 0;
	for (uint32_t threads = 1; threads <= topology_cpus(t) + 1; threads++)
		most = topology_apart(t, placement, threads) && most == threads - 1 ? threads : most;
	topology_close(t);
	return most;
}

static void a_core_for_each_thread(void **state)
{
	(void)state;
	assert_int_equal(most_apart("core:4 pu:2", TOPOLOGY_COMPACT), 4);
	assert_int_equal(most_apart("core:4 pu:2", TOPOLOGY_SMT), 1);
	assert_int_equal(most_apart("core:4 pu:1", TOPOLOGY_SCATTER), 4);
	assert_int_equal(most_apart("pack:2 core:2 pu:2", TOPOLOGY_WITHIN_PACKAGE), 2);
	assert_int_equal(most_apart("pu:8", TOPOLOGY_COMPACT), 1); /* no cores are known */
	assert_int_equal(most_apart("core:4 pu:2", TOPOLOGY_NONE), 0);
}

/* Two threads in one core, then cores of one thread: as hybrid machines have them. */
static const char hybrid[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\">\n"
    "<object type=\"Machine\" os_index=\"0\" cpuset=\"0x0000000f\" complete_cpuset=\"0x0000000f\" allowed_cpuset=\"0x0000000f\""
    " nodeset=\"0x00000001\" complete_nodeset=\"0x00000001\" allowed_nodeset=\"0x00000001\" gp_index=\"1\">\n"
    "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x0000000f\" complete_cpuset=\"0x0000000f\" nodeset=\"0x00000001\""
    " complete_nodeset=\"0x00000001\" gp_index=\"2\" local_memory=\"4096\"/>\n";

static const char *const hybrid_cores[] = {
    "<object type=\"Core\" os_index=\"%d\" cpuset=\"%#x\" complete_cpuset=\"%#x\" nodeset=\"0x1\" complete_nodeset=\"0x1\" "
    "gp_index=\"%d\">\n",
    "<object type=\"PU\" os_index=\"%d\" cpuset=\"%#x\" complete_cpuset=\"%#x\" nodeset=\"0x1\" complete_nodeset=\"0x1\" "
    "gp_index=\"%d\"/>\n",
};

static void write_pu(FILE *f, int cpu)
{
	fprintf(f, hybrid_cores[1], cpu, 1U << cpu, 1U << cpu, 20 + cpu);
}

/* path: for mkstemp. bare: CPU 3 belongs to no core. */
static void write_hybrid(char *path, bool bare)
{
	static const int first[] = {0, 2, 3}, last[] = {1, 2, 3};
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(hybrid, f);
	for (int core = 0; core < 3; core++) {
		unsigned set = (1U << first[core]) | (1U << last[core]);
		if (!bare || core < 2)
			fprintf(f, hybrid_cores[0], core, set, set, 10 + core);
		for (int cpu = first[core]; cpu <= last[core]; cpu++)
			write_pu(f, cpu);
		if (!bare || core < 2)
			fputs("</object>\n", f);
	}
	fputs("</object>\n</topology>\n", f);
	fclose(f);
}

static void cores_may_differ(void **state)
{
	char text[1024];
	(void)state;
	for (int bare = 0; bare < 2; bare++) {
		char path[] = "/tmp/topology.XXXXXX";
		write_hybrid(path, bare != 0);
		show("HWLOC_XMLFILE", path);
		assert_places("0 2 3 1", "0 3 2 1", "0 1 2 3");
		struct topology *t = topology_open_shown(NULL, TOPOLOGY_PERFORMANCE);
		said(t, text, sizeof(text));
		assert_int_equal(strstr(text, "no cores") != NULL, bare);
		topology_close(t);
		unlink(path);
	}
}

static uint32_t allowed_count(cpu_set_t **set, size_t *bytes)
{
	*set = cpu_numbers_allowed(bytes);
	assert_non_null(*set);
	return (uint32_t)CPU_COUNT_S(*bytes, *set);
}

/* Checks that no thread is bound to a CPU outside the set, and that the previous binding is
 * restored. */
static void assert_stays_inside(struct topology *t, bool binds)
{
	cpu_set_t *all, *now;
	size_t bytes;
	const char *why;
	assert_int_equal(topology_cpus(t), allowed_count(&all, &bytes));
	assert_int_equal(topology_can(t, TOPOLOGY_COMPACT, &why), binds);
	assert_int_equal(topology_usual(t), binds ? TOPOLOGY_COMPACT : TOPOLOGY_NONE);
	assert_true(topology_can(t, TOPOLOGY_NONE, &why));
	for (int p = 0; p < TOPOLOGY_NONE; p++)
		for (uint32_t i = 0; topology_places(t, (enum topology_placement)p) > 0 && i < topology_cpus(t) + 1; i++) {
			uint32_t place = topology_place(t, (enum topology_placement)p, i);
			assert_true(CPU_ISSET_S(place, bytes, all));
			assert_int_equal(topology_bind(t, (enum topology_placement)p, i), binds);
			assert_int_equal(allowed_count(&now, &bytes), binds ? 1 : topology_cpus(t));
			assert_true(CPU_ISSET_S(place, bytes, now));
			CPU_FREE(now);
		}
	topology_unbind(t);
	allowed_count(&now, &bytes);
	assert_true(CPU_EQUAL_S(bytes, all, now));
	CPU_FREE(now);
	CPU_FREE(all);
}

static void this_machine_is_bound(void **state)
{
	(void)state;
	show(NULL, NULL);
	struct topology *t = topology_open(TOPOLOGY_PERFORMANCE);
	assert_non_null(t);
	assert_stays_inside(t, true);
	topology_close(t);
}

static void assert_not_bound(void)
{
	char text[1024];
	struct topology *t = topology_open(TOPOLOGY_PERFORMANCE);
	assert_non_null(t);
	assert_stays_inside(t, false);
	said(t, text, sizeof(text));
	assert_non_null(strstr(text, "threads are not bound to CPUs: hwloc shows another machine"));
	assert_non_null(strstr(text, ", threads not bound"));
	topology_close(t);
}

static void another_machine_is_not_bound(void **state)
{
	static const char *const machines[] = {"pu:8", "core:4 pu:2", "core:1 pu:1", "core:2 pu:1(indexes=9000,9001)"};
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		show("HWLOC_SYNTHETIC", machines[i]);
		assert_not_bound();
	}
}

/* A made-up /sys, like a container's, which hwloc takes for this machine. Its CPUs are others, or
 * only some of those that are here. */
static void neither_is_what_pretends_to_be_this_one(void **state)
{
	(void)state;
	show("HWLOC_SYNTHETIC", "core:2 pu:1(indexes=9000,9001)");
	setenv("HWLOC_THISSYSTEM", "1", 1);
	assert_not_bound();
	if (cpu_numbers_allowed_end() == 1)
		return;
	char machine[64];
	snprintf(machine, sizeof(machine), "pu:2(indexes=%u,9000)", cpu_numbers_allowed_end() - 1);
	setenv("HWLOC_SYNTHETIC", machine, 1);
	cpu_set_t *all;
	size_t bytes;
	if (allowed_count(&all, &bytes) > 1)
		assert_not_bound();
	CPU_FREE(all);
}

/* More CPUs than are allowed: the extra ones are left out. */
static void a_larger_machine_is_cut_down(void **state)
{
	char machine[64];
	(void)state;
	snprintf(machine, sizeof(machine), "pu:%u", cpu_numbers_allowed_end() + 6);
	show("HWLOC_SYNTHETIC", machine);
	setenv("HWLOC_THISSYSTEM", "1", 1);
	struct topology *t = topology_open(TOPOLOGY_PERFORMANCE);
	assert_non_null(t);
	assert_stays_inside(t, true);
	topology_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_may_have_gaps),
	    cmocka_unit_test(without_cores_each_thread_is_one),
	    cmocka_unit_test(a_core_for_each_thread),
	    cmocka_unit_test(cores_may_differ),
	    cmocka_unit_test(this_machine_is_bound),
	    cmocka_unit_test(another_machine_is_not_bound),
	    cmocka_unit_test(neither_is_what_pretends_to_be_this_one),
	    cmocka_unit_test(a_larger_machine_is_cut_down),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
