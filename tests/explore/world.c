/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "memory.h"
#include "record.h"
#include "search.h"

static const struct extram_strategy *strategy;
static const struct client *client;
static struct extram_list *lists[WORLD_LISTS];
static size_t list_bytes;
static int used[CLOCK_THREADS]; /* the list that the thread uses */
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

/* Of the main program: the first. */
static int mine(void)
{
	return sim_self == NULL ? 0 : used[sim_self->id];
}

static int list_count(void)
{
	return client->other > 0 ? 2 : 1;
}

/* The running thread enters an operation. After it, check_waited fails if it waited for another
 * thread against the strategy's promise. */
static struct history_op *call(enum history_kind kind, int m)
{
	schedule_self()->waited = false;
	return history_call(kind, mine(), m);
}

static void check_waited(const char *operation)
{
	if (schedule_self()->waited && strategy->properties & EXTRAM_LOCK_FREE)
		sim_fail("%s waited for another thread, and the strategy promises to be lock-free", operation);
}

struct world_m *world_get(bool nilokay, bool *last)
{
	struct history_op *op = call(HISTORY_GET, HISTORY_NONE);
	op->nilokay = nilokay;
	bool l = false;
	struct m *mp = strategy->get(lists[mine()], nilokay, &l);
	struct world_m *p = (struct world_m *)mp;
	op->last = *last = l;
	/* A get counts itself and looks again before a futex puts it to sleep. In that case no
	 * thread saw it wait. */
	waits += !nilokay && (schedule_self()->waited || strcmp(strategy->waiting, "futex") == 0);
	if (nilokay)
		check_waited("get");
	if (mp == NULL && !nilokay)
		world_fail("a get that must wait returned NULL");
	if (mp != NULL) {
		if (p < ms || p >= ms + WORLD_MS || &ms[number(p)] != p)
			world_fail("get returned something that is no m");
		op->m = number(p);
		if (world_owner(client, op->m) != mine())
			sim_fail("m%d comes out of another list than its own", op->m);
		if (!parked[op->m])
			sim_fail("m%d has two owners, or was never put", op->m);
		parked[op->m] = false;
	}
	history_return(op);
	return p;
}

void world_put(struct world_m *p)
{
	struct history_op *op = call(HISTORY_PUT, number(p));
	parked[op->m] = true;
	strategy->put(lists[mine()], &p->m);
	check_waited("put");
	history_return(op);
}

uint32_t world_length(void)
{
	struct history_op *op = call(HISTORY_LENGTH, HISTORY_NONE);
	op->length = strategy->length(lists[mine()]);
	check_waited("length");
	history_return(op);
	return op->length;
}

static void exit_from(int i)
{
	if (!(strategy->properties & EXTRAM_KEEPS)) {
		strategy->thread_exit(lists[i]);
		return;
	}
	struct history_op *op = history_call(HISTORY_EXIT, i, HISTORY_NONE);
	strategy->thread_exit(lists[i]);
	history_return(op);
}

void world_thread_exit(void)
{
	for (int i = 0; i < list_count(); i++)
		exit_from(i);
}

void world_settle(void)
{
	if (strategy->properties & EXTRAM_KEEPS)
		world_thread_exit();
}

void world_use(int list)
{
	used[sim_self->id] = list;
}

static void admit(int i)
{
	const char *why = "no reason given";
	if (!strategy->admit(lists[world_owner(client, i)], &ms[i].m, &why))
		sim_fail("admit: %s", why);
}

void world_admit(struct world_m *p)
{
	schedule_self()->waited = false;
	admit(number(p));
	if (schedule_self()->waited)
		sim_fail("admit waited for another thread");
}

struct world_m *world_fresh(void)
{
	if (fresh == WORLD_MS - client->other)
		world_fail("more ms are made than anyone could wait for");
	return &ms[fresh++];
}

void world_taken(uint32_t n)
{
	taken += n;
}

struct extram_list *world_list(void)
{
	return lists[mine()];
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
	sim_fail("%s", what);
}

bool world_open(const struct extram_strategy *s, const struct client *c)
{
	strategy = s;
	client = c;
	list_bytes = (s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	judge_reset();
	for (int i = 0; i < list_count(); i++)
		if ((lists[i] = aligned_alloc(EXTRAM_APART, list_bytes)) == NULL)
			return false;
	return true;
}

void world_close(void)
{
	for (int i = 0; i < WORLD_LISTS; i++) {
		free(lists[i]);
		lists[i] = NULL;
	}
}

static void reset(void)
{
	trace_forget();
	history_reset();
	memory_reset();
	sim_reset();
	memset(parked, 0, sizeof(parked));
	memset(used, 0, sizeof(used));
	waits = taken = 0;
	fresh = 0;
	last_stamp = 0;
	atomic_init(&stage, 0);
}

static void name_places(void)
{
	static const char *const names[WORLD_MS] = {"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"};
	size_t heap_bytes;
	const void *heap = sim_heap(&heap_bytes);
	trace_name(heap, heap_bytes, "heap");
	trace_name(lists[0], list_bytes, "list");
	if (list_count() > 1)
		trace_name(lists[1], list_bytes, "other");
	for (int i = 0; i < WORLD_MS; i++)
		trace_name(&ms[i], sizeof(ms[i]), names[i]);
}

static void park(int i)
{
	parked[i] = true;
	strategy->put(lists[world_owner(client, i)], &ms[i].m);
}

static void begin_list(int i)
{
	const char *why = "no reason given";
	memset((void *)lists[i], 0xa5, list_bytes); /* the same garbage in each run */
	if (!strategy->init(lists[i], &why))
		sim_fail("init: %s", why);
}

static void begin(void)
{
	int own = WORLD_MS - client->other;
	reset();
	name_places();
	memset((void *)ms, 0xa5, sizeof(ms)); /* as in begin_list */
	for (int i = 0; i < list_count(); i++)
		begin_list(i);
	for (int i = 0; i < WORLD_MS; i++) {
		ms[i].stamp = stamps[i] = 0;
		if (i < own - client->late || i >= own)
			admit(i);
	}
	while (fresh < client->parked)
		park(fresh++);
	for (int i = own; i < WORLD_MS; i++)
		park(i);
	for (int i = 0; i < list_count(); i++)
		strategy->thread_exit(lists[i]);
}

static void end(void)
{
	for (int i = 0; i < list_count(); i++)
		judge_list(&(struct judged){strategy, client, lists[i], i, ms, stamps, parked, waits, taken});
	for (int i = 0; i < list_count(); i++)
		strategy->fini(lists[i]);
	if (sim_blocks() > 0)
		sim_fail("%u blocks of memory were not given back", sim_blocks());
}

static void run_thread(int id)
{
	client->bodies[id]();
}

static void run(void)
{
	search_begin();
	begin();
	schedule_begin(client->threads);
	sim_run(run_thread, client->threads);
	end();
}

bool world_run(void)
{
	return sim_try(run);
}
