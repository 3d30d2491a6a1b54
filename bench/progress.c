/* SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

void progress_begin(struct progress *progress, uint32_t total, uint64_t planned_ms)
{
	uint64_t now = clock_monotonic_ns();
	*progress = (struct progress){
	    .terminal = isatty(STDERR_FILENO) != 0,
	    .total = total,
	    .planned_ms = planned_ms,
	    .start_ns = now,
	    .due_ns = now + PROGRESS_FIRST_NS,
	};
}

/* From what the blocks took so far beyond their length; before the first one, a fifth more is a fair guess. */
static uint64_t seconds_left(const struct progress *p, uint64_t now_ns)
{
	double spent_ms = (double)(now_ns - p->start_ns) / 1e6;
	double factor = p->planned_done_ms > 0 ? spent_ms / (double)p->planned_done_ms : 1.2;
	return (uint64_t)((double)(p->planned_ms - p->planned_done_ms) * factor / 1000 + 0.5);
}

bool progress_due(struct progress *p, uint64_t now_ns)
{
	if (now_ns < p->due_ns)
		return false;
	p->due_ns = now_ns + PROGRESS_EVERY_NS;
	return true;
}

void progress_line(char text[PROGRESS_BYTES], const struct progress *p, uint64_t now_ns)
{
	uint64_t left = seconds_left(p, now_ns);
	bool minutes = left >= 100;
	snprintf(text, PROGRESS_BYTES, "extram-bench: %u of %u blocks, about %llu %s left\n", p->done, p->total,
		 (unsigned long long)(minutes ? (left + 30) / 60 : left), minutes ? "min" : "s");
}

static int columns(void)
{
	struct winsize size;
	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void show_on_terminal(const struct progress *p, uint64_t now_ns, const char *cell)
{
	char line[512];
	uint64_t left = seconds_left(p, now_ns);
	snprintf(line, sizeof(line), "[%u/%u] %u:%02u left  %s", p->done + 1, p->total, (unsigned)(left / 60), (unsigned)(left % 60), cell);
	fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
	fflush(stderr);
}

void progress_show(struct progress *p, const char *cell)
{
	char line[PROGRESS_BYTES];
	uint64_t now = clock_monotonic_ns();
	if (p->terminal) {
		show_on_terminal(p, now, cell);
	} else if (progress_due(p, now)) {
		progress_line(line, p, now);
		fputs(line, stderr);
	}
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
