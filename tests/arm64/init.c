/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Process 1 of a test kernel. Runs the programs of /plan one after another, takes CPU 1 offline and
 * online under some of them, and switches the machine off. Its report is TAP, with an '@' before
 * each line. All other lines come from the programs and the kernel.
 *
 * A line of /plan:  KIND SECONDS [VARIABLE=VALUE]... PROGRAM [ARGUMENT]...
 *   still      must end with 0, within so many seconds
 *   hotplug    the same, while CPU 1 goes and comes
 *   broken     must report that it is broken: end with 1, or by a signal of its own
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS 32
#define TICK_MS 100

static unsigned cycles, refusals; /* cycles and refusals of CPU 1 */
static bool hotplugged;

struct line {
	char *word[WORDS + 1];
	bool hotplug, broken;
	unsigned seconds;
	char **program; /* after the variables */
};

static bool parse(struct line *l, char *text)
{
	unsigned n = 0;
	for (char *word = strtok(text, " \n"); word != NULL && n < WORDS; word = strtok(NULL, " \n"))
		l->word[n++] = word;
	l->word[n] = NULL;
	if (n < 3)
		return false;
	l->hotplug = strcmp(l->word[0], "hotplug") == 0;
	hotplugged |= l->hotplug;
	l->broken = strcmp(l->word[0], "broken") == 0;
	l->seconds = (unsigned)atoi(l->word[1]);
	l->program = &l->word[2];
	while (*l->program != NULL && strchr(*l->program, '=') != NULL)
		l->program++;
	return *l->program != NULL;
}

static bool set_cpu1(bool online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, online ? "1" : "0", 1) == 1;
	if (fd >= 0)
		close(fd);
	return ok;
}

static void start(struct line *l)
{
	for (char **variable = &l->word[2]; variable != l->program; variable++)
		putenv(*variable);
	execv(l->program[0], l->program);
	printf("%s: %s\n", l->program[0], strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* Takes CPU 1 offline or online: one step. */
static void plug(bool *online)
{
	*online = !*online;
	if (!set_cpu1(*online))
		refusals++;
	else if (*online)
		cycles++;
}

/* Returns the status from waitpid. A program that takes too long is ended by SIGKILL. */
static int wait_for(pid_t pid, struct line *l)
{
	int status = 0;
	bool online = true;
	for (unsigned ticks = 0; waitpid(pid, &status, WNOHANG) == 0; ticks++) {
		nanosleep(&(const struct timespec){.tv_nsec = TICK_MS * 1000000L}, NULL);
		if (ticks * TICK_MS > l->seconds * 1000)
			kill(pid, SIGKILL);
		if (l->hotplug)
			plug(&online);
	}
	if (!online)
		plug(&online);
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
	pid_t pid = fork();
	if (pid == 0)
		start(l);
	int status = pid < 0 ? 127 << 8 : wait_for(pid, l);
	const char *how = WIFSIGNALED(status) ? "signal" : "exit";
	printf("\n@%sok %u -", as_wanted(l, status) ? "" : "not ", number);
	for (char **word = l->word; *word != NULL; word++)
		printf(" %s", *word);
	printf(" (%s %d)\n", how, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* Tests that the CPU really was offline now and then. */
static unsigned report_hotplug(unsigned number)
{
	if (!hotplugged)
		return number;
	const char *verdict = cycles > 0 && refusals == 0 ? "ok" : "not ok";
	printf("\n@%s %u - CPU 1 went and came %u times, %u times it could not\n", verdict, ++number, cycles, refusals);
	return number;
}

static unsigned run_all(void)
{
	FILE *plan = fopen("/plan", "re");
	char text[1024];
	unsigned number = 0;
	while (plan != NULL && fgets(text, sizeof(text), plan) != NULL) {
		struct line l;
		if (parse(&l, text))
			run(&l, ++number);
		else
			printf("\n@not ok %u - not a line of a plan: %s\n", ++number, text);
	}
	return number;
}

static void mount_all(void)
{
	static const char *const where[] = {"proc", "sysfs", "devtmpfs", "tmpfs"};
	static const char *const at[] = {"/proc", "/sys", "/dev", "/tmp"};
	for (unsigned i = 0; i < sizeof(at) / sizeof(*at); i++) {
		mkdir(at[i], 0755);
		/* A kernel that has mounted devtmpfs already returns EBUSY. */
		if (mount(where[i], at[i], where[i], 0, NULL) != 0 && errno != EBUSY)
			printf("\n@# no %s: %s\n", at[i], strerror(errno));
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_all();
	printf("\n@1..%u\n", report_hotplug(run_all()));
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
