/* SPDX-License-Identifier: BSD-3-Clause */
/* A binary heap. */
#include "events.h"

#include "sim.h"

#define EVENTS 65536

static struct events_event heap[EVENTS];
static uint32_t count;
static uint64_t added, now; /* now: of the last event */

void events_reset(void)
{
	count = 0;
	added = now = 0;
}

static bool earlier(const struct events_event *a, const struct events_event *b)
{
	return a->at != b->at ? a->at < b->at : a->added < b->added;
}

void events_add(uint64_t at, enum events_kind kind, uint32_t who)
{
	struct events_event e = {at, added++, kind, who};
	if (count == EVENTS)
		sim_fail("more than %d events: raise EVENTS", EVENTS);
	if (at < now)
		sim_fail("an event in the past");
	uint32_t i = count++;
	for (; i > 0 && earlier(&e, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

uint64_t events_time(void)
{
	return count == 0 ? EVENTS_NEVER : heap[0].at;
}

struct events_event events_next(void)
{
	struct events_event first = heap[0], last = heap[--count];
	uint32_t i = 0;
	for (uint32_t child = 1; child < count; child = 2 * i + 1) {
		child += child + 1 < count && earlier(&heap[child + 1], &heap[child]);
		if (!earlier(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	now = first.at;
	return first;
}
