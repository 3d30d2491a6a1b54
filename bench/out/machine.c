/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <benchmark_version.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <hwloc.h>
#include <inttypes.h>
#include <jemalloc/jemalloc.h>
#include <link.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

#include "build.h"
#include "clock.h"
#include "median.h"
#include "settings.h"
#include "spin.h"
#include "sysfile.h"
#include "version.h"

/* The value after "key : " in /proc/cpuinfo. False: no such line. */
static bool cpuinfo(const char *key, char *text, size_t bytes)
{
	char line[4096]; /* the flags line is long */
	bool found = false;
	FILE *f = fopen("/proc/cpuinfo", "re");
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
		char *colon = strchr(line, ':');
		found = colon != NULL && strncmp(line, key, strlen(key)) == 0;
		if (found)
			snprintf(text, bytes, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

/* Finds the linker's build-id note of the program. */
static int find_build_id(struct dl_phdr_info *info, size_t bytes, void *data)
{
	struct machine *machine = data;
	(void)bytes;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		const char *at = (const char *)(info->dlpi_addr + p->p_vaddr);
		for (const char *end = at + p->p_memsz; p->p_type == PT_NOTE && at < end;) {
			const ElfW(Nhdr) *note = (const void *)at;
			const unsigned char *id = (const unsigned char *)(note + 1) + ((note->n_namesz + 3) & ~3U);
			for (unsigned b = 0; note->n_type == NT_GNU_BUILD_ID && b < note->n_descsz && b < 20; b++)
				snprintf(machine->build_id + (size_t)b * 2, 3, "%02x", id[b]);
			at = (const char *)id + ((note->n_descsz + 3) & ~3U);
		}
	}
	return 1; /* the program is first; skip the libraries */
}

static void read_cpu_model(struct machine *machine)
{
	char part[64];
	char implementer[64];
	if (cpuinfo("model name", machine->cpu_model, sizeof(machine->cpu_model)))
		return;
	if (cpuinfo("CPU implementer", implementer, sizeof(implementer)) && cpuinfo("CPU part", part, sizeof(part)))
		snprintf(machine->cpu_model, sizeof(machine->cpu_model), "implementer %s part %s", implementer, part);
	else
		snprintf(machine->cpu_model, sizeof(machine->cpu_model), "unknown");
}

/*
 * Under qemu-user, /proc/cpuinfo is the host's, or lacks the lines of this architecture's kernel.
 */
static bool looks_emulated(void)
{
	char text[64];
#if defined(__aarch64__)
	return !cpuinfo("CPU implementer", text, sizeof(text));
#else
	return !cpuinfo("vendor_id", text, sizeof(text));
#endif
}

/*
 * Asks the compiler whether it optimizes: in a distribution's build, meson's build type is plain
 * and the flags are its own.
 */
static void read_unfit(struct machine *machine)
{
#ifdef __OPTIMIZE__
	const char *unoptimized = "";
#else
	const char *unoptimized = "optimization 0";
#endif
	const char *comma = unoptimized[0] != '\0' && BUILD_UNFIT[0] != '\0' ? ", " : "";
	snprintf(machine->unfit, sizeof(machine->unfit), "%s%s%s", unoptimized, comma, BUILD_UNFIT);
}

void machine_read(struct machine *machine, const struct topology *topology, bool emulated)
{
	char summary[256];
	char governor[64];
	*machine = (struct machine){.arch = "x86_64", .build_id = "unknown"};
#if defined(__aarch64__)
	machine->arch = "aarch64";
#endif
	machine->source = emulated || looks_emulated() ? "emulated" : "measured";
	read_cpu_model(machine);
	read_unfit(machine);
	dl_iterate_phdr(find_build_id, machine);
	topology_summary(topology, summary, sizeof(summary));
	const char *set = sysfile_line("", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor, sizeof(governor));
	snprintf(machine->fingerprint_of, sizeof(machine->fingerprint_of), "%s; %s; %s; %s; governor %s%s%s", machine->arch,
		 machine->source, machine->cpu_model, summary, set, BUILD_UNUSUAL[0] == '\0' ? "" : "; build ", BUILD_UNUSUAL);
	snprintf(machine->fingerprint, sizeof(machine->fingerprint), "%016" PRIx64, hash(machine->fingerprint_of));
}

static void print_build(FILE *f, const struct machine *machine)
{
	const char *jemalloc = "unknown";
	size_t size = sizeof(const char *);
	mallctl("version", &jemalloc, &size, NULL, 0);
	fprintf(f, "extram: %s\ngit_rev: %s\nbuild_id: %s\n", BUILD_VERSION, VERSION_GIT_REV, machine->build_id);
	fprintf(f, "compiler: %s\ncompiler_options: %s\n", BUILD_COMPILER, BUILD_OPTIONS);
	if (machine->unfit[0] != '\0')
		fprintf(f, "unfit: %s\n", machine->unfit);
	if (BUILD_CAS[0] != '\0')
		fprintf(f, "cas: %s\n", BUILD_CAS);
	if (BUILD_PAUSE[0] != '\0')
		fprintf(f, "pause: %s\n", BUILD_PAUSE);
	fprintf(f, "hwloc: %x\njemalloc: %s\ngoogle_benchmark: %s\nlibc: glibc %s\n", hwloc_get_api_version(), jemalloc, BENCHMARK_VERSION,
		gnu_get_libc_version());
}

/* A CPU in wfe wakes by an event. Nobody sends one but the kernel's event stream. */
static void warn_of_wfe(FILE *f, const char *prefix)
{
#if defined(__aarch64__)
	if (strcmp(BUILD_PAUSE, "wfe") == 0 && (getauxval(AT_HWCAP) & HWCAP_EVTSTRM) == 0)
		fprintf(f, "%sthe kernel has no event stream: a thread that spins by wfe may sleep until an interrupt\n", prefix);
#else
	(void)f;
	(void)prefix;
#endif
}

static void print_machine(FILE *f, const struct machine *machine)
{
	struct utsname u;
	fprintf(f, "source: %s\narch: %s\ncpu_model: %s\n", machine->source, machine->arch, machine->cpu_model);
	fprintf(f, "fingerprint: %s\nfingerprint_of: %s\n", machine->fingerprint, machine->fingerprint_of);
	if (uname(&u) == 0)
		fprintf(f, "kernel: %s %s\n", u.sysname, u.release);
	settings_print(f, "");
	settings_warn(f, "warning: ", "");
	warn_of_wfe(f, "warning: ");
	fprintf(f, "clock_ns_per_tick: %.6f\nclock_step_ns: %.2f\nclock_floor_ns: %.2f\nspin_rounds_per_us: %.1f\n",
		clock_facts.ns_per_tick, clock_facts.step_ns, clock_facts.floor_ns, spin_rounds_per_us);
	if (machine->c2c[0] != '\0')
		fprintf(f, "core_to_core: %s\n", machine->c2c);
}

/* The matrix in a line. */
static void summarize(struct machine *machine, const struct c2c *c2c)
{
	size_t cells = (size_t)c2c->cpus * c2c->cpus;
	double *ns = calloc(c2c->pairs, sizeof(*ns));
	uint32_t n = 0;
	for (size_t i = 0; ns != NULL && i < cells; i++)
		if (!isnan(c2c->ns[i]))
			ns[n++] = c2c->ns[i];
	if (n > 0) {
		double median = median_sort(ns, n);
		snprintf(machine->c2c, sizeof(machine->c2c), "median %.1f ns, lowest %.1f, highest %.1f, of %u pairs of CPUs", median,
			 ns[0], ns[n - 1], n);
	}
	free(ns);
}

bool machine_measure_c2c(struct machine *machine, const struct topology *topology, const char *stem, const struct c2c_wish *wish)
{
	struct c2c c2c;
	const char *why;
	char *path = NULL;
	if (topology_cpus(topology) < 2 || !topology_can(topology, TOPOLOGY_COMPACT, &why))
		return true;
	bool ok = c2c_measure(&c2c, topology, wish);
	if (ok && c2c.pairs > 0) {
		ok = asprintf(&path, "%s.c2c.csv", stem) >= 0 && c2c_write(&c2c, path);
		free(path);
		summarize(machine, &c2c);
	}
	c2c_free(&c2c);
	return ok;
}

bool machine_write(const struct machine *machine, const struct topology *topology, const char *stem, struct machine_run run)
{
	char *path;
	if (asprintf(&path, "%s.machine.txt", stem) < 0)
		return false;
	FILE *f = fopen(path, "we");
	if (f != NULL) {
		fprintf(f, "run_id: %s\ncommand: %s\n", run.id, run.command);
		print_build(f, machine);
		print_machine(f, machine);
		topology_warn(topology, f, "warning: ");
	}
	bool ok = f != NULL && ferror(f) == 0;
	ok = f != NULL && fclose(f) == 0 && ok;
	if (!ok)
		fprintf(stderr, "extram-bench: %s: %s\n", path, strerror(errno));
	free(path);
	if (!ok || asprintf(&path, "%s.hwloc.xml", stem) < 0)
		return false;
	ok = topology_export(topology, path);
	free(path);
	return ok;
}

void machine_warn_build(const struct machine *machine)
{
	if (machine->unfit[0] != '\0')
		fprintf(stderr, "extram-bench: this build's numbers are meaningless: %s\n", machine->unfit);
}

void machine_warn(const struct machine *machine)
{
	machine_warn_build(machine);
	settings_warn(stderr, "extram-bench: ", "");
	warn_of_wfe(stderr, "extram-bench: ");
}
