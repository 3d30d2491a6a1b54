/* SPDX-License-Identifier: BSD-3-Clause */
/* refuse ERRNO CALL PROGRAM...: runs a program and makes its system calls of that name fail with
 * that error, as a container's filter does. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SKIP 77

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
    {"sched_getaffinity", SYS_sched_getaffinity},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"membarrier", SYS_membarrier},
    {"rseq", SYS_rseq},
    {"getcpu", SYS_getcpu},
    {"futex", SYS_futex},
    {"sched_yield", SYS_sched_yield},
    {"clock_nanosleep", SYS_clock_nanosleep},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"sigaltstack", SYS_sigaltstack},
    {"gettid", SYS_gettid},
    {"clock_gettime", SYS_clock_gettime},
    {"getrusage", SYS_getrusage},
    {"perf_event_open", SYS_perf_event_open},
};

static bool find(const char *name, unsigned *number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i].name) == 0) {
			*number = calls[i].number;
			return true;
		}
	return false;
}

static bool install(unsigned number, unsigned err)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(int argc, char **argv)
{
	unsigned number;
	if (argc < 4 || !find(argv[2], &number)) {
		fprintf(stderr, "usage: %s ERRNO CALL PROGRAM...\n", argv[0]);
		return 2;
	}
	if (!install(number, (unsigned)atoi(argv[1]))) {
		perror("seccomp");
		return SKIP;
	}
	execv(argv[3], argv + 3);
	perror(argv[3]);
	return 2;
}
