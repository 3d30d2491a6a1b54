/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cpus.h"
#include "history.h"
#include "linear.h"
#include "locks.h"
#include "memory.h"
#include "race.h"
#include "fibers.h"
#include "search.h"
#include "tls.h"
#include "trace.h"

static const struct extram_strategy *strategy;
static const struct client *client;
static struct extram_list *list;
static size_t list_bytes;
static struct world_m ms[WORLD_MS];
static uint64_t stamps[WORLD_MS]; /* what the stamps should be */
static uint64_t last_stamp;
static int fresh;             /* ms in use so far */
static bool parked[WORLD_MS]; /* at the end: on the list, if all is well */
static uint32_t waits, taken; /* gets that had to wait; waiters taken over */
static _Atomic uint32_t stage;

static int number(const struct world_m *p)
{
	return (int)(p - ms);
}

/* The running thread enters an operation. After it, check_waited fails if it waited for another
 * thread against the strategy's promise. */
static struct history_op *call(enum history_kind kind, int m)
{
	fibers_self->waited = false;
	return history_call(kind, m);
}

static void check_waited(const char *operation)
{
	if (fibers_self->waited && strategy->properties & EXTRAM_LOCK_FREE)
		fibers_fail("%s waited for another thread, and the strategy promises to be lock-free", operation);
}

struct world_m *world_get(bool nilokay, bool *last)
{
	struct history_op *op = call(HISTORY_GET, HISTORY_NONE);
	op->nilokay = nilokay;
	bool l = false;
	struct m *mp = strategy->get(list, nilokay, &l);
	struct world_m *p = (struct world_m *)mp;
	op->last = *last = l;
	/* A get counts itself and looks again before a futex puts it to sleep. In that case no
	 * thread saw it wait. */
	waits += !nilokay && (fibers_self->waited || strcmp(strategy->waiting, "futex") == 0);
	if (nilokay)
		check_waited("get");
	if (mp == NULL && !nilokay)
		world_fail("a get that must wait returned NULL");
	if (mp != NULL) {
		if (p < ms || p >= ms + WORLD_MS || &ms[number(p)] != p)
			world_fail("get returned something that is no m");
		op->m = number(p);
		if (!parked[op->m])
			fibers_fail("m%d has two owners, or was never put", op->m);
		parked[op->m] = false;
	}
	history_return(op);
	return p;
}

void world_put(struct world_m *p)
{
	struct history_op *op = call(HISTORY_PUT, number(p));
	parked[op->m] = true;
	strategy->put(list, &p->m);
	check_waited("put");
	history_return(op);
}

uint32_t world_length(void)
{
	struct history_op *op = call(HISTORY_LENGTH, HISTORY_NONE);
	op->length = strategy->length(list);
	check_waited("length");
	history_return(op);
	return op->length;
}

void world_thread_exit(void)
{
	if (!(strategy->properties & EXTRAM_KEEPS)) {
		strategy->thread_exit(list);
		return;
	}
	struct history_op *op = history_call(HISTORY_EXIT, HISTORY_NONE);
	strategy->thread_exit(list);
	history_return(op);
}

struct world_m *world_fresh(void)
{
	if (fresh == WORLD_MS)
		world_fail("more ms are made than anyone could wait for");
	return &ms[fresh++];
}

void world_taken(uint32_t n)
{
	taken += n;
}

struct extram_list *world_list(void)
{
	return list;
}

_Atomic uint32_t *world_stage(void)
{
	return &stage;
}

uint64_t world_stamp(const struct world_m *p)
{
	return stamps[number(p)];
}

uint64_t world_new_stamp(const struct world_m *p)
{
	return stamps[number(p)] = ++last_stamp;
}

void world_fail(const char *what)
{
	fibers_fail("%s", what);
}

bool world_open(const struct extram_strategy *s, const struct client *c)
{
	strategy = s;
	client = c;
	list_bytes = (s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	list = aligned_alloc(EXTRAM_APART, list_bytes);
	linear_reset();
	return list != NULL;
}

void world_close(void)
{
	free(list);
}

static void reset(void)
{
	trace_forget();
	history_reset();
	memory_reset();
	race_reset();
	locks_reset();
	alloc_reset();
	cpus_reset();
	tls_reset();
	memset(parked, 0, sizeof(parked));
	waits = taken = 0;
	fresh = 0;
	last_stamp = 0;
	atomic_init(&stage, 0);
}

static void name_places(void)
{
	static const char *const names[WORLD_MS] = {"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"};
	trace_name(list, list_bytes, "list");
	for (int i = 0; i < WORLD_MS; i++)
		trace_name(&ms[i], sizeof(ms[i]), names[i]);
}

static void begin(void)
{
	const char *why = "no reason given";
	reset();
	name_places();
	/* The same garbage in each run. */
	memset((void *)list, 0xa5, list_bytes);
	memset((void *)ms, 0xa5, sizeof(ms));
	if (!strategy->init(list, &why))
		fibers_fail("init: %s", why);
	for (int i = 0; i < WORLD_MS; i++) {
		ms[i].stamp = stamps[i] = 0;
		if (!strategy->admit(list, &ms[i].m, &why))
			fibers_fail("admit: %s", why);
	}
	for (int i = 0; i < client->parked; i++) {
		struct world_m *p = world_fresh();
		parked[number(p)] = true;
		strategy->put(list, &p->m);
	}
	strategy->thread_exit(list);
}

/* No thread is inside an operation. */
static void check_rest(uint32_t left)
{
	uint32_t length = strategy->length(list), waiters = extram_waiters(list);
	if (length != left)
		fibers_fail("at rest length is %u, and %u ms are parked", length, left);
	if (client->refilled && left == 0)
		fibers_fail("the list is left empty: somebody was not told that it had to be refilled");
	if (taken + waiters > waits)
		fibers_fail("%u waiters are counted, %u of them served, but only %u gets had to wait", taken + waiters, taken, waits);
}

static void drain(uint32_t left)
{
	bool exact = (strategy->properties & EXTRAM_LAST_EXACT) != 0;
	for (; left > 0; left--) {
		bool last = false;
		struct world_m *p = (struct world_m *)strategy->get(list, true, &last);
		if (p == NULL)
			fibers_fail("at rest %u ms are parked, but get returns NULL", left);
		if (!parked[number(p)])
			fibers_fail("m%d comes out of the list at rest, but nobody put it there", number(p));
		parked[number(p)] = false;
		if (last != (left == 1) && (exact || left == 1))
			fibers_fail("at rest last is %d with %u ms left", last, left - 1);
		if (p->stamp != stamps[number(p)])
			fibers_fail("m%d has lost what its last owner wrote", number(p));
	}
	bool last = false;
	if (strategy->get(list, true, &last) != NULL || !last)
		fibers_fail("at rest the empty list gives an m, or says that it is not empty");
}

static void judge(void)
{
	uint32_t left = 0;
	if (!linear_check(strategy->properties, client->parked))
		fibers_fail("no list could have answered like this%s",
			    history.stale ? " (order by happens-before alone: old values were read)" : "");
	for (int i = 0; i < WORLD_MS; i++)
		left += parked[i];
	check_rest(left);
	drain(left);
	strategy->fini(list);
}

bool world_run(void)
{
	if (_setjmp(fibers_on_fail) != 0)
		return false;
	search_begin();
	begin();
	fibers_run(client->bodies, client->threads);
	judge();
	return true;
}
