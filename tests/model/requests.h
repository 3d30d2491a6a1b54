/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests for one line of the machine of small.ini: three packages of two cores with two threads
 * each. CPUs 0 and 1 are siblings, and so on; CPUs 0 to 3 are in domain 0. Ways are 10 inside a
 * domain and 100 between packages. A new owner keeps a line for 5. Times are ns.
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "check.h"
#include "events.h"
#include "lines.h"
#include "machine.h"

#define NOT_YET UINT64_MAX
#define LINE 0

static _Alignas(LINES_BYTES) char memory[LINES_BYTES];
static const char *machine_file;

struct asked {
	struct lines_request request; /* first: a request is its asked */
	uint64_t came;                /* ns */
};

static inline void comes(struct lines_request *r, uint64_t at)
{
	((struct asked *)r)->came = at / EVENTS_NS;
}

/* Time begins anew, with these figures changed, and no line is anywhere. */
static inline void begin_seeded(const char *const *figures, uint64_t seed)
{
	CHECK(machine_read(machine_file));
	for (; *figures != NULL; figures++)
		CHECK(machine_set(*figures));
	events_reset();
	lines_reset(seed);
	CHECK_IS(lines_find(memory), LINE);
}

#define BEGIN(...) begin_seeded((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, 1)

static inline void ask(struct asked *a, uint32_t cpu, bool write, uint64_t at)
{
	*a = (struct asked){.request = {.cpu = cpu, .write = write, .comes = comes}, .came = NOT_YET};
	lines_ask(LINE, &a->request, at * EVENTS_NS);
}

/* All that happens until then, and at that time. */
static inline void run_until(uint64_t at)
{
	while (events_time() != EVENTS_NEVER && events_time() <= at * EVENTS_NS) {
		struct events_event e = events_next();
		lines_pass(e.who, e.at);
	}
}

/* A request that nobody disputes: when it comes. */
static inline uint64_t comes_to(uint32_t cpu, bool write, uint64_t at)
{
	struct asked a;
	ask(&a, cpu, write, at);
	run_until(at + 100000);
	CHECK(a.came != NOT_YET);
	CHECK(lines_fault(LINE) == NULL);
	return a.came;
}

static inline bool has(uint32_t cpu, bool write, uint64_t at)
{
	return lines_has(LINE, cpu, write, at * EVENTS_NS);
}

#endif
