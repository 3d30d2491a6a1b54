/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a block in a forked process, which inherits the clock's calibration, the topology and the
 * cell. The row comes back through a pipe.
 */
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define PATIENCE_MS 600000 /* time past the block's length; the block's own watchdog is faster */
#define POLL_MS 50         /* polling interval for an interrupt */

/* The child's answer. Pointers to texts stay valid, since a fork has the same addresses. */
struct answer {
	enum block_status status;
	struct csv_row row;
};

static bool complain(const struct cell *cell, const char *why)
{
	fprintf(stderr, "extram-bench: %s: %s\n", cells_strategy_name(cell), why);
	return false;
}

/* The libraries are in go/ beside the program, wherever it is. */
static bool library_path(char *path, size_t bytes, const char *name)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n < 0)
		return false;
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	return snprintf(path, bytes, "%s/go/%s.so", program, name) < (int)bytes;
}

static bool load(const struct cell *cell)
{
	char path[PATH_MAX];
	if (!library_path(path, sizeof(path), cells_strategy_name(cell)))
		return complain(cell, "the program's folder cannot be found");
	char procs[16];
	snprintf(procs, sizeof(procs), "%" PRIu64, cell->tokens);
	setenv("GOMAXPROCS", procs, 1); /* as in the cell's name; Go reads it at start */
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return complain(cell, dlerror());
	struct extram_go_facts (*ready)(void);
	/* The form that POSIX gives to assign a symbol to a function pointer. */
	*(void **)&ready = dlsym(library, "extram_go_ready");
	*(void **)&real_library.callback = dlsym(library, "extram_go_callback");
	*(void **)&real_library.call = dlsym(library, "extram_go_call");
	if (ready == NULL || real_library.callback == NULL || real_library.call == NULL)
		return complain(cell, "the library lacks a function");
	real_library.facts = ready();
	return true;
}

/* Ends the process, including the runtime's threads. */
static _Noreturn void be_child(struct workload_run *run, int fd)
{
	struct answer answer = {.status = BLOCK_FAILED};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (load(run->cell))
		answer.status = run->cell->workload->run_real(run);
	answer.row = *run->row;
	ssize_t n = write(fd, &answer, sizeof(answer));
	_exit(n == (ssize_t)sizeof(answer) ? 0 : 1);
}

/* Waits for the answer. False: none came; the caller ends the child. */
static bool await(const struct workload_run *run, int fd, struct answer *answer, bool *late)
{
	uint64_t until = clock_monotonic_ns() + (run->cell->block_ms + (uint64_t)PATIENCE_MS) * 1000000U;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int n = 0;
	/* relaxed: a flag; no data goes with it. */
	while (n <= 0 && !*late && !atomic_load_explicit(run->abort, memory_order_relaxed)) {
		n = poll(&ready, 1, POLL_MS);
		*late = clock_monotonic_ns() > until;
	}
	/* The child writes it at once: it is smaller than PIPE_BUF. */
	_Static_assert(sizeof(*answer) <= PIPE_BUF, "an answer must be written at once");
	return n > 0 && read(fd, answer, sizeof(*answer)) == (ssize_t)sizeof(*answer);
}

static bool say_how_it_ended(const struct cell *cell, int status, bool late)
{
	char text[80];
	if (late)
		return complain(cell, "the block's process hung and was killed");
	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "the block's process was ended by signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "the block's process exited with status %d", WEXITSTATUS(status));
	return complain(cell, text);
}

static enum block_status be_parent(struct workload_run *run, pid_t child, int fd)
{
	struct answer answer;
	bool late = false;
	int status = 0;
	bool answered = await(run, fd, &answer, &late);
	if (!answered)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	/* relaxed: a flag; no data goes with it. */
	if (!answered && atomic_load_explicit(run->abort, memory_order_relaxed))
		return BLOCK_DONE; /* and discarded */
	if (!answered) {
		say_how_it_ended(run->cell, status, late);
		return BLOCK_FAILED;
	}
	*run->row = answer.row;
	return answer.status == BLOCK_HUNG ? BLOCK_FAILED : answer.status;
}

enum block_status real_run(struct workload_run *run)
{
	int fds[2];
	if (pipe(fds) != 0) {
		complain(run->cell, strerror(errno));
		return BLOCK_FAILED;
	}
	fflush(NULL); /* otherwise the child would print it too */
	pid_t child = fork();
	if (child == 0)
		be_child(run, fds[1]);
	close(fds[1]);
	enum block_status status = BLOCK_FAILED;
	if (child > 0)
		status = be_parent(run, child, fds[0]);
	else
		complain(run->cell, strerror(errno));
	close(fds[0]);
	return status;
}

static uint32_t length(void)
{
	/* relaxed: the threads that changed it have been joined. */
	return __atomic_load_n(real_library.facts.length, __ATOMIC_RELAXED);
}

enum block_status real_on_list(struct workload_run *run, workload_body *body, size_t bytes)
{
	const struct cell *cell = run->cell;
	enum block_status status = real_prefill(cell->prefill) ? workload_call(run, NULL, body, bytes) : BLOCK_FAILED;
	if (status == BLOCK_FAILED || status == BLOCK_HUNG)
		return status;
	/* Go counts only the ms on its list. No thread holds one here, so these are all. */
	run->row->ms_created = length();
	run->row->ms_retained = length();
	run->row->variant = cell->real->version;
	if (length() >= cell->prefill)
		return status;
	fprintf(stderr, "extram-bench: %s: %u ms are on the list, but at least %" PRIu64 " were expected\n", cells_strategy_name(cell),
		length(), cell->prefill);
	return BLOCK_FAILED;
}
