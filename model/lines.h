/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cache lines: where the copies are, which CPUs ask for one, and when it comes.
 *
 * A line has one owner, which may write it, or any number of clean copies. A request travels from
 * its core to what orders the requests of its *domain* (an L3 cache, or a package's mesh), and from
 * there, if the line is elsewhere, by the line's home to the owner's domain. The line itself takes
 * the direct way back. Requests travel while others are served: only the line's own way takes part
 * in the time between two owners.
 *
 * Which of several requests is next is drawn. It is not the first that came: on real machines near
 * cores win several times before the line leaves. A new owner keeps the line for a time that is
 * drawn, and may make several accesses in it. SMT siblings share their core's copy, but a sibling's
 * accesses do not ride along with those of the thread for which the line came.
 *
 * Source: docs/model.md.
 */
#ifndef MODEL_LINES_H
#define MODEL_LINES_H

#include <stdbool.h>
#include <stdint.h>

#define LINES_BYTES 64

/* A wish for a line, until it comes. The caller keeps it in place meanwhile. */
struct lines_request {
	uint32_t cpu; /* an index of machine.place */
	bool write;
	bool far; /* an atomic that runs where the line is ordered: the line does not come, its result does */
	/* Called when it is known when the line comes. */
	void (*comes)(struct lines_request *r, uint64_t at);
	/* For lines.c. */
	uint64_t asked;
	struct lines_request *next;
};

/* Forgets all lines. A run begins with no copy of any. */
void lines_reset(uint64_t seed);

/* The number of the line of an address. */
uint32_t lines_find(const volatile void *address);

/* Reports whether the CPU may read, or write, the line at that time without asking. */
bool lines_has(uint32_t line, uint32_t cpu, bool write, uint64_t at);

/* The CPU's access to its copy ends at that time: the line stays until then. Fails the run if it
 * writes a line that it does not have. */
void lines_use(uint32_t line, uint32_t cpu, bool write, uint64_t until);

/* Asks at a time that no later call goes back behind. */
void lines_ask(uint32_t line, struct lines_request *r, uint64_t at);

/* For EVENTS_LINE. Fails the run if the line has a fault then. */
void lines_pass(uint32_t line, uint64_t at);

/* How often a line was written; it changes whenever another CPU may have. */
uint64_t lines_version(uint32_t line);

/* At rest: what is wrong with the line, or NULL. */
const char *lines_fault(uint32_t line);

/* How many lines there are. */
uint32_t lines_count(void);

#endif
