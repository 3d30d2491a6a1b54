/* SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

void progress_begin(struct progress *progress, uint32_t total, uint64_t planned_ms)
{
	*progress = (struct progress){
	    .terminal = isatty(STDERR_FILENO) != 0,
	    .total = total,
	    .planned_ms = planned_ms,
	    .start_ns = clock_monotonic_ns(),
	};
}

/* From what the blocks took so far beyond their length; before the first one, a fifth more is a fair guess. */
static uint64_t seconds_left(const struct progress *p)
{
	double spent_ms = (double)(clock_monotonic_ns() - p->start_ns) / 1e6;
	double factor = p->planned_done_ms > 0 ? spent_ms / (double)p->planned_done_ms : 1.2;
	return (uint64_t)((double)(p->planned_ms - p->planned_done_ms) * factor / 1000 + 0.5);
}

static int columns(void)
{
	struct winsize size;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void progress_show(struct progress *p, const char *cell)
{
	char line[512];
	if (!p->terminal)
		return;
	uint64_t left = seconds_left(p);
	snprintf(line, sizeof(line), "[%u/%u] %u:%02u left  %s", p->done + 1, p->total, (unsigned)(left / 60), (unsigned)(left % 60), cell);
	fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
	fflush(stderr);
}

void progress_step(struct progress *p, uint32_t block_ms)
{
	p->done++;
	p->planned_done_ms += block_ms;
}

void progress_end(struct progress *p)
{
	if (p->terminal)
		fprintf(stderr, "\r\033[K");
}
