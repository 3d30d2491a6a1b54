/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "# extram trace 1\n"
#define HEADING "thread,start_ns,hold_ns\n"

/* The state of the reader. */
struct reader {
	const char *path;
	FILE *file;
	char *text; /* a line, with its newline */
	size_t room;
	uint32_t line, events_room;
	uint64_t last[TRACE_THREADS]; /* last start of each thread, plus one */
	struct trace *trace;
};

static bool complain(const struct reader *r, const char *why)
{
	fprintf(stderr, "%s:%" PRIu32 ": %s\n", r->path, r->line, why);
	return false;
}

/* Reads a line. False: end of the file. */
static bool next_line(struct reader *r)
{
	r->line++;
	return getline(&r->text, &r->room, r->file) >= 0;
}

/* Parses a whole number up to max, followed by that character. Advances *at. */
static bool number(const char **at, uint64_t max, char behind, uint64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoull(*at, &end, 10);
	bool ok = **at >= '0' && **at <= '9' && errno == 0 && *end == behind && *value <= max;
	*at = end + 1;
	return ok;
}

static bool grow(struct reader *r)
{
	if (r->trace->count < r->events_room)
		return true;
	r->events_room = r->events_room == 0 ? 1024 : 2 * r->events_room;
	struct trace_event *events = reallocarray(r->trace->events, r->events_room, sizeof(*events));
	if (events == NULL)
		return complain(r, "no memory");
	r->trace->events = events;
	return true;
}

static bool read_event(struct reader *r)
{
	uint64_t thread, start, hold;
	const char *at = r->text;
	if (!number(&at, TRACE_THREADS - 1, ',', &thread))
		return complain(r, "expected a thread number from 0 to 4095 and a comma");
	if (!number(&at, TRACE_LENGTH, ',', &start))
		return complain(r, "expected start_ns, a whole number up to 1000 s, and a comma");
	if (!number(&at, TRACE_HOLD, '\n', &hold))
		return complain(r, "expected hold_ns, a whole number up to 1 s, at the end of the line");
	if (start + 1 < r->last[thread])
		return complain(r, "this start is before the thread's previous one");
	if (!grow(r))
		return false;
	r->last[thread] = start + 1;
	r->trace->events[r->trace->count++] = (struct trace_event){(uint32_t)thread, start, hold};
	if (thread >= r->trace->threads)
		r->trace->threads = (uint32_t)thread + 1;
	return true;
}

static bool read_heading(struct reader *r)
{
	if (!next_line(r) || strcmp(r->text, FIRST) != 0)
		return complain(r, "the first line of a trace must be '# extram trace 1'");
	while (next_line(r))
		if (strcmp(r->text, HEADING) == 0)
			return true;
		else if (r->text[0] != '#')
			return complain(r, "expected a comment that begins with #, or the heading 'thread,start_ns,hold_ns'");
	return complain(r, "the line 'thread,start_ns,hold_ns' is missing");
}

static bool read_all(struct reader *r)
{
	if (!read_heading(r))
		return false;
	while (next_line(r))
		if (!read_event(r))
			return false;
	if (ferror(r->file))
		return complain(r, strerror(errno));
	if (r->trace->count == 0)
		return complain(r, "no event");
	for (uint32_t thread = 0; thread < r->trace->threads; thread++)
		if (r->last[thread] == 0)
			return complain(r, "the thread numbers have a gap");
	return true;
}

/* A counting sort, which keeps the order within a thread. */
static bool by_thread(struct trace *t)
{
	struct trace_event *sorted = calloc(t->count, sizeof(*sorted));
	t->first = calloc((size_t)t->threads + 2, sizeof(*t->first));
	if (sorted == NULL || t->first == NULL) {
		free(sorted);
		return false;
	}
	for (uint32_t i = 0; i < t->count; i++)
		t->first[t->events[i].thread + 2]++;
	for (uint32_t thread = 0; thread < t->threads; thread++)
		t->first[thread + 2] += t->first[thread + 1];
	for (uint32_t i = 0; i < t->count; i++)
		sorted[t->first[t->events[i].thread + 1]++] = t->events[i];
	free(t->events);
	t->events = sorted;
	return true;
}

static void play_faster(struct trace *t, uint32_t speed)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct trace_event *e = &t->events[i];
		e->start_ns /= speed;
		t->length_ns = e->start_ns + e->hold_ns > t->length_ns ? e->start_ns + e->hold_ns : t->length_ns;
	}
}

static char *name_of(const char *path, uint32_t speed)
{
	char *name = NULL;
	const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	int bytes = (int)strcspn(base, ".");
	int n = speed == 1 ? asprintf(&name, "%.*s", bytes, base) : asprintf(&name, "%.*s x%" PRIu32, bytes, base, speed);
	return n < 0 ? NULL : name;
}

static bool finish(struct reader *r, uint32_t speed)
{
	r->trace->name = name_of(r->path, speed);
	if (r->trace->name == NULL || !by_thread(r->trace))
		return complain(r, "no memory");
	play_faster(r->trace, speed);
	return true;
}

struct trace *trace_read(const char *path, uint32_t speed)
{
	struct reader r = {.path = path, .trace = calloc(1, sizeof(struct trace))};
	r.file = fopen(path, "re");
	bool ok = r.trace != NULL && r.file != NULL;
	if (!ok)
		fprintf(stderr, "%s:1: %s\n", path, strerror(errno));
	ok = ok && read_all(&r) && finish(&r, speed);
	if (r.file != NULL)
		fclose(r.file);
	free(r.text);
	if (ok)
		return r.trace;
	trace_free(r.trace);
	return NULL;
}

void trace_free(struct trace *trace)
{
	if (trace == NULL)
		return;
	free(trace->name);
	free(trace->events);
	free(trace->first);
	free(trace);
}
