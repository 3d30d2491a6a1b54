/* SPDX-License-Identifier: BSD-3-Clause */
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SPARE 8 /* files open at once, apart from the threads' files */

static bool told;

void streams_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* gets the lowest free descriptor: this one */
}

bool streams_spare(void)
{
	int fd[SPARE];
	int opened = 0;
	while (opened < SPARE && (fd[opened] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		opened++;
	for (int i = 0; i < opened; i++)
		close(fd[i]);
	if (opened < SPARE)
		fprintf(stderr, "extram-bench: the limit of open files (ulimit -n) is too low: %d more are needed\n", SPARE);
	return opened == SPARE;
}

bool streams_flush(void)
{
	bool full = fflush(stdout) != 0;
	int cause = errno;
	if (!full && ferror(stdout) == 0)
		return true;
	if (!told)
		fprintf(stderr, "extram-bench: standard output: %s\n", full ? strerror(cause) : "cannot be written");
	told = true;
	return false;
}

bool streams_told(void)
{
	return told;
}
