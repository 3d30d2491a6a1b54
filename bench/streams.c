/* SPDX-License-Identifier: BSD-3-Clause */
#include "streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool told;

void streams_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* takes the lowest number: this one */
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
