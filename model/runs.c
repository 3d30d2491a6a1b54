/* SPDX-License-Identifier: BSD-3-Clause */
#include "runs.h"

#include <stdio.h>
#include <string.h>

#include "access.h"
#include "cpus.h"
#include "lines.h"
#include "machine.h"
#include "random.h"
#include "sim.h"
#include "stores.h"

#define KERNEL_INSTRUCTIONS 3                       /* for each access of a kernel: its address, a comparison, a branch */
#define GRACE_PS (UINT64_C(1000000000) * EVENTS_NS) /* a second: sleeps and slices take their time */
#define ALONE_PS (UINT64_C(20000) * EVENTS_NS)

struct client_load client_load;

static const struct runs_plan *plan;
static uint64_t length_ps, between_ps;
static struct {
	uint64_t operations, draw;
	uint64_t since; /* when the running operation began */
	double counted; /* of an operation, the share that lies in the time that counts */
} threads[SIM_THREADS];
static uint64_t ended, switches; /* operations, and those that were another thread's than the one before */
static int last_thread;
static uint64_t left_at; /* when the last critical section ended */

static uint64_t drawn(uint32_t ns)
{
	if (ns == 0)
		return 0;
	return client_load.drawn ? random_between(&threads[sim_self->id].draw, 0, EVENTS_NS * 2 * ns) : ns * EVENTS_NS;
}

void client_hold(void)
{
	cpus_compute(drawn(client_load.hold_ns));
}

void client_think(void)
{
	cpus_compute(drawn(client_load.think_ns));
}

bool client_goes_on(void)
{
	return cpus_now() < client_load.until;
}

/* The share of an operation that lies in the time that counts: else a thread that waits all the
 * while would be left out. */
static double share(uint64_t from, uint64_t to)
{
	uint64_t low = from > length_ps / 4 ? from : length_ps / 4, high = to < length_ps ? to : length_ps;
	return high > low ? (double)(high - low) / (double)(to - from) : 0;
}

bool client_more(void)
{
	int id = sim_self->id;
	/* An operation that takes no time would never come to the end. */
	if (threads[id].operations++ > 0 && cpus_now() == threads[id].since)
		cpus_work(EVENTS_NS);
	uint64_t now = cpus_now();
	if (threads[id].operations > 1)
		threads[id].counted += share(threads[id].since, now);
	if (threads[id].operations > 1 && now >= length_ps / 4) {
		ended++;
		switches += id != last_thread;
		last_thread = id;
	}
	threads[id].since = now;
	return now < client_load.until;
}

uint64_t client_now(void)
{
	return cpus_now();
}

void client_enter(void)
{
	if (cpus_now() < left_at)
		sim_fail("two threads have the lock");
}

void client_leave(void)
{
	left_at = cpus_now();
}

void client_fail(const char *why)
{
	sim_fail("%s", why);
}

/* What a thread has stored is in memory when it has ended. */
static void thread(int id)
{
	plan->program->body(id);
	stores_wait();
}

static void one(void)
{
	sim_reset();
	events_reset();
	lines_reset(plan->seed);
	stores_reset();
	access_reset(between_ps, 100 * length_ps + GRACE_PS);
	cpus_reset(plan->place, plan->threads);
	memset(threads, 0, sizeof(threads));
	for (uint32_t i = 0; i < plan->threads; i++)
		threads[i].draw = plan->seed * SIM_THREADS + i + 1;
	ended = switches = left_at = 0;
	last_thread = -1;
	client_load.until = length_ps;
	if (plan->program->setup != NULL)
		plan->program->setup();
	sim_run(thread, (int)plan->threads);
	if (plan->program->check != NULL)
		plan->program->check();
}

static bool run(void)
{
	bool good = sim_try(one);
	const char *fault = NULL;
	for (uint32_t i = 0; good && fault == NULL && i < lines_count(); i++)
		fault = lines_fault(i);
	if (!good || fault != NULL)
		fprintf(stderr, "extram-model: %s: %s\n", plan->program->name, good ? fault : sim_failure);
	return good && fault == NULL;
}

/* What the instructions before each access take: those of an operation are spread over it. */
static bool spread(double instructions)
{
	static const uint32_t first;
	struct runs_plan alone = *plan;
	const struct runs_plan *asked = plan;
	struct client_load load = client_load;
	double each = KERNEL_INSTRUCTIONS;
	between_ps = 0;
	if (instructions >= 0) {
		alone.threads = 1;
		alone.place = &first;
		plan = &alone;
		length_ps = ALONE_PS;
		client_load.hold_ns = client_load.think_ns = 0;
		if (!run())
			return false;
		each = instructions * (double)threads[0].operations / (double)(access_count() + 1);
		plan = asked;
		client_load = load;
	}
	between_ps = (uint64_t)(each * (double)machine.f.instruction);
	return true;
}

static void summarize(struct runs_result *r)
{
	double sum = 0, squares = 0;
	uint64_t counted_ps = length_ps - length_ps / 4;
	for (uint32_t i = 0; i < plan->threads; i++) {
		sum += threads[i].counted;
		squares += threads[i].counted * threads[i].counted;
	}
	r->operations = (uint64_t)sum;
	r->system_ns = sum == 0 ? 0 : (double)counted_ps / sum / (double)EVENTS_NS;
	r->thread_ns = r->system_ns * plan->threads;
	r->jain = squares == 0 ? 0 : sum * sum / squares / plan->threads;
	r->run_length = switches == 0 ? sum : (double)ended / (double)switches;
}

bool runs_run(const struct runs_plan *p, struct runs_result *result)
{
	plan = p;
	if (!spread(p->instructions))
		return false;
	length_ps = p->length_ps;
	if (!run())
		return false;
	summarize(result);
	return true;
}
