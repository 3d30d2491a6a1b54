/* SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

#define TABLE_EVERY_NS UINT64_C(2000000000)

void progress_begin(struct progress *progress, uint32_t total)
{
	uint64_t now = clock_monotonic_ns();
	*progress = (struct progress){
	    .terminal = isatty(STDERR_FILENO) != 0,
	    .total = total,
	    .due_ns = now + PROGRESS_FIRST_NS,
	};
}

bool progress_due(struct progress *p, uint64_t now_ns)
{
	if (now_ns < p->due_ns)
		return false;
	p->due_ns = now_ns + PROGRESS_EVERY_NS;
	return true;
}

/* "12 of 40", or "12" if the time decides the number of blocks. */
static void count_blocks(const struct progress *p, uint32_t done, char *text, size_t bytes)
{
	if (p->total == 0)
		snprintf(text, bytes, "%u", done);
	else
		snprintf(text, bytes, "%u of %u", done, p->total);
}

void progress_line(char text[PROGRESS_BYTES], const struct progress *p, double left_s)
{
	char blocks[32];
	bool minutes = left_s >= 100;
	count_blocks(p, p->done, blocks, sizeof(blocks));
	snprintf(text, PROGRESS_BYTES, "extram-bench: %s blocks, about %.0f %s left\n", blocks, minutes ? left_s / 60 : left_s,
		 minutes ? "min" : "s");
}

/* The terminal's lines and columns; 80 columns and 0 lines if unknown. */
static struct winsize terminal_size(void)
{
	struct winsize size;
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
	return known ? size : (struct winsize){.ws_col = 80};
}

static void show_on_terminal(const struct progress *p, double left_s, const char *cell)
{
	char line[512], blocks[32];
	unsigned left = (unsigned)(left_s + 0.5);
	count_blocks(p, p->done + 1, blocks, sizeof(blocks));
	snprintf(line, sizeof(line), "%u:%02u left, block %s: %s", left / 60, left % 60, blocks, cell);
	fprintf(stderr, "\r\033[K%.*s", terminal_size().ws_col - 1, line);
	fflush(stderr);
}

void progress_show(struct progress *p, const char *cell, double left_s)
{
	char line[PROGRESS_BYTES];
	if (p->terminal) {
		show_on_terminal(p, left_s, cell);
	} else if (progress_due(p, clock_monotonic_ns())) {
		progress_line(line, p, left_s);
		fputs(line, stderr);
	}
}

void progress_step(struct progress *p)
{
	p->done++;
}

/* Clears the line and the table above it. */
static void erase(struct progress *p)
{
	fputs("\r\033[K", stderr);
	if (p->table_lines > 0)
		fprintf(stderr, "\033[%uA\033[J", p->table_lines);
	p->table_lines = 0;
}

bool progress_wants_table(const struct progress *p)
{
	return p->terminal && terminal_size().ws_row > 0 && clock_monotonic_ns() >= p->table_due_ns;
}

void progress_table(struct progress *p, const char *text, uint32_t lines)
{
	struct winsize size = terminal_size();
	p->table_due_ns = clock_monotonic_ns() + TABLE_EVERY_NS;
	if (lines == 0 || lines + 2 > size.ws_row || size.ws_col < PROGRESS_TABLE_COLUMNS)
		return;
	erase(p);
	fputs(text, stderr);
	p->table_lines = lines;
}

void progress_end(struct progress *p)
{
	if (p->terminal)
		erase(p);
}
