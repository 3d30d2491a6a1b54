/* SPDX-License-Identifier: BSD-3-Clause */
/* For lines.c: a line, and how long requests and copies are on their way. */
#ifndef MODEL_LINE_H
#define MODEL_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lines.h"
#include "machine.h"

#define LINE_NOBODY UINT32_MAX
#define LINE_WORDS (MACHINE_CPUS / 64)

struct line {
	uint32_t owner;              /* the core that may write, or LINE_NOBODY: all copies are clean */
	uint32_t domain;             /* which orders the requests: the owner's, or the last owner's */
	uint32_t visitor;            /* the CPU for which it came to its owner */
	uint64_t copies[LINE_WORDS]; /* a bit a core */
	uint64_t domains;            /* a bit a domain that has a copy */
	uint64_t arrives;            /* when the owner has it */
	uint64_t free_at;            /* when it may leave */
	uint64_t domain_until;       /* near requests go first until then */
	uint64_t ordered_at;         /* when the last request was chosen */
	uint64_t moved_at;           /* the home knows that another domain has it, and sends requests there */
	uint64_t event_at;           /* of its next EVENTS_LINE; others are void */
	struct lines_request *first; /* those that wait */
	uint64_t version;
	bool rests;                        /* where an atomic was done for a core: no core has a copy */
	uint64_t copy_at[MACHINE_DOMAINS]; /* when the domain has its copy; an earlier one's, if it has none */
};

static inline uint64_t line_later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline bool line_has_copy(const struct line *l, uint32_t core)
{
	return (l->copies[core / 64] >> core % 64 & 1) != 0;
}

/* The domain that serves the request as things are: a clean copy comes from the nearest. */
uint32_t line_server(const struct line *l, const struct lines_request *r);

/* When the request is known where the line is. */
uint64_t line_known(const struct line *l, const struct lines_request *r);

/* To the core, from the domain that serves it. */
uint64_t line_way(const struct line *l, const struct lines_request *r);

/* Until the last copy is taken away, and the writer knows. */
uint64_t line_recall(const struct line *l, const struct lines_request *r);

#endif
