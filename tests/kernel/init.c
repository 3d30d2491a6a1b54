/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Process 1 of a test kernel. Runs the programs of /plan one after another, changes the machine's
 * CPUs under some of them, and switches the machine off. Its report is TAP, with an '@' before each
 * line. All other lines come from the programs and the kernel.
 *
 * A line of /plan:  KIND SECONDS [VARIABLE=VALUE]... PROGRAM [ARGUMENT]...
 *   still         must end with 0, within so many seconds
 *   hotplug=LIST  the same, while these CPUs go and come, one after another
 *   cpuset=LIST   the same, in a cpuset that shrinks to these CPUs after a second
 *   broken        must report that it is broken: end with 1, or by a signal of its own
 *   show          PROGRAM is a file that a program has written: its lines become comments
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 32
#define CPUS 64
#define TICK_MS 100
#define SHRINK_TICKS 10
#define CPUSET "/sys/fs/cgroup/shrinking"

static unsigned cycles, refusals; /* CPUs that went and came, and refusals of the kernel */
static unsigned shrunk;           /* cpusets */
static bool plugs, shrinks;       /* the plan has such lines */

struct line {
	char *word[WORDS + 1];
	unsigned cpu[CPUS], cpus; /* that go and come */
	const char *cpuset;       /* what it shrinks to; NULL: no cpuset */
	bool broken;
	unsigned seconds;
	char **program; /* after the variables */
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void parse_kind(struct line *l, const char *kind)
{
	l->broken = strcmp(kind, "broken") == 0;
	l->cpuset = begins(kind, "cpuset=") ? strchr(kind, '=') + 1 : NULL;
	const char *list = begins(kind, "hotplug=") ? strchr(kind, '=') : NULL;
	for (l->cpus = 0; list != NULL && l->cpus < CPUS; list = strchr(list + 1, ','))
		l->cpu[l->cpus++] = (unsigned)atoi(list + 1);
	plugs |= l->cpus > 0;
	shrinks |= l->cpuset != NULL;
}

static bool parse(struct line *l, char *text)
{
	unsigned n = 0;
	for (char *word = strtok(text, " \n"); word != NULL && n < WORDS; word = strtok(NULL, " \n"))
		l->word[n++] = word;
	l->word[n] = NULL;
	if (n < 3)
		return false;
	parse_kind(l, l->word[0]);
	l->seconds = (unsigned)atoi(l->word[1]);
	l->program = &l->word[2];
	while (*l->program != NULL && strchr(*l->program, '=') != NULL && (*l->program)[0] != '/')
		l->program++;
	return *l->program != NULL;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool set_cpu(unsigned cpu, bool online)
{
	char path[64];
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	return write_file(path, online ? "1" : "0");
}

static void start(struct line *l)
{
	if (l->cpuset != NULL && !write_file(CPUSET "/cgroup.procs", "0"))
		printf("no cpuset: %s\n", strerror(errno));
	for (char **variable = &l->word[2]; variable != l->program; variable++)
		putenv(*variable);
	execv(l->program[0], l->program);
	printf("%s: %s\n", l->program[0], strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* Takes a CPU offline or online: one step. Each CPU comes back before the next one goes. */
static void plug(const struct line *l, unsigned step)
{
	bool online = step % 2 == 1;
	if (!set_cpu(l->cpu[step / 2 % l->cpus], online))
		refusals++;
	else if (online)
		cycles++;
}

/* One step of what the line does to the machine. */
static void disturb(const struct line *l, unsigned tick)
{
	if (l->cpus > 0)
		plug(l, tick);
	if (l->cpuset != NULL && tick == SHRINK_TICKS)
		shrunk += write_file(CPUSET "/cpuset.cpus", l->cpuset);
}

/* Returns the status from wait4. A program that takes too long is ended by SIGKILL. */
static int wait_for(pid_t pid, struct line *l, struct rusage *usage)
{
	int status = 0;
	unsigned tick = 0;
	for (; wait4(pid, &status, WNOHANG, usage) == 0; tick++) {
		nanosleep(&(const struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
		if (tick * TICK_MS > l->seconds * 1000)
			kill(pid, SIGKILL);
		disturb(l, tick);
	}
	if (l->cpus > 0 && tick % 2 == 1)
		plug(l, tick);
	return status;
}

static bool as_wanted(const struct line *l, int status)
{
	if (WIFSIGNALED(status))
		return l->broken && WTERMSIG(status) != SIGKILL;
	return WEXITSTATUS(status) == (l->broken ? 1 : 0);
}

static void run(struct line *l, unsigned number)
{
	struct rusage usage = {.ru_maxrss = 0};
	pid_t pid = fork();
	if (pid == 0)
		start(l);
	int status = pid < 0 ? 127 << 8 : wait_for(pid, l, &usage);
	const char *how = WIFSIGNALED(status) ? "signal" : "exit";
	printf("\n@%sok %u -", as_wanted(l, status) ? "" : "not ", number);
	for (char **word = l->word; *word != NULL; word++)
		printf(" %s", *word);
	printf(" (%s %d, %ld KiB)\n", how, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), usage.ru_maxrss);
}

/* Tests that CPUs really were offline, and cpusets small. */
static unsigned report_disturbances(unsigned number)
{
	if (plugs) {
		const char *verdict = cycles > 0 && refusals == 0 ? "ok" : "not ok";
		printf("\n@%s %u - a CPU went and came %u times, %u times it could not\n", verdict, ++number, cycles, refusals);
	}
	if (shrinks)
		printf("\n@%s %u - %u cpusets became smaller under a program\n", shrunk > 0 ? "ok" : "not ok", ++number, shrunk);
	return number;
}

/* Copies a file into the report. */
static void show(const char *path, unsigned number)
{
	FILE *file = fopen(path, "re");
	char text[4096];
	printf("\n@%sok %u - %s\n", file != NULL ? "" : "not ", number, path);
	while (file != NULL && fgets(text, sizeof(text), file) != NULL)
		printf("@# %s", text);
	if (file != NULL)
		fclose(file);
}

static unsigned run_all(void)
{
	FILE *plan = fopen("/plan", "re");
	char text[1024];
	unsigned number = 0;
	while (plan != NULL && fgets(text, sizeof(text), plan) != NULL) {
		struct line l;
		if (!parse(&l, text))
			printf("\n@not ok %u - not a line of a plan: %s\n", ++number, text);
		else if (strcmp(l.word[0], "show") == 0)
			show(l.program[0], ++number);
		else
			run(&l, ++number);
	}
	return number;
}

static void mount_all(void)
{
	static const char *const where[] = {"proc", "sysfs", "devtmpfs", "tmpfs", "cgroup2"};
	static const char *const at[] = {"/proc", "/sys", "/dev", "/tmp", "/sys/fs/cgroup"};
	for (unsigned i = 0; i < sizeof(at) / sizeof(*at); i++) {
		mkdir(at[i], 0755);
		/* A kernel that has mounted devtmpfs already returns EBUSY. */
		if (mount(where[i], at[i], where[i], 0, NULL) != 0 && errno != EBUSY)
			printf("\n@# no %s: %s\n", at[i], strerror(errno));
	}
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset");
	mkdir(CPUSET, 0755);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	printf("\n@1..%u\n", report_disturbances(run_all()));
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
