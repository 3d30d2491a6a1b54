/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpus.h"

#include "events.h"
#include "lines.h"
#include "machine.h"
#include "sim.h"
#include "stores.h"

#define NOBODY (-1)

static struct cpu {
	uint64_t now, slice_end, computes_until;
	int running;     /* the thread, or NOBODY */
	int first, last; /* threads that wait for the CPU */
} cpus[MACHINE_CPUS];

static struct {
	uint32_t cpu;
	int next; /* that waits for the CPU */
	bool stalled;
	bool preempted; /* since it was asked last */
	uint64_t blocked_at;
} threads[SIM_THREADS];

static uint32_t count;

static void append(struct cpu *c, int thread)
{
	threads[thread].next = NOBODY;
	if (c->first == NOBODY)
		c->first = thread;
	else
		threads[c->last].next = thread;
	c->last = thread;
}

void cpus_reset(const uint32_t *place, uint32_t n)
{
	count = n;
	for (uint32_t i = 0; i < machine.cpus; i++)
		cpus[i] = (struct cpu){.running = NOBODY, .first = NOBODY, .slice_end = machine.f.slice};
	for (uint32_t i = 0; i < n; i++) {
		threads[i].cpu = place[i];
		threads[i].stalled = threads[i].preempted = false;
		append(&cpus[place[i]], (int)i);
	}
}

static struct cpu *own(void)
{
	return &cpus[threads[sim_self->id].cpu];
}

uint32_t cpus_place(void)
{
	return threads[sim_self->id].cpu;
}

uint64_t cpus_now(void)
{
	return own()->now;
}

void cpus_work(uint64_t ps)
{
	own()->now += ps;
}

/* A thread computes on another CPU of the core; one that waits leaves the core to others. */
static bool sibling_computes(const struct cpu *c)
{
	uint32_t i = (uint32_t)(c - cpus), core = machine.place[i].core;
	bool before = i > 0 && machine.place[i - 1].core == core && cpus[i - 1].computes_until > c->now;
	bool behind = i + 1 < machine.cpus && machine.place[i + 1].core == core && cpus[i + 1].computes_until > c->now;
	return before || behind;
}

void cpus_compute(uint64_t ps)
{
	cpus_work(sibling_computes(own()) ? ps * machine.f.smt_percent / 100 : ps);
	own()->computes_until = own()->now;
}

void cpus_stall(void)
{
	threads[sim_self->id].stalled = true;
	sim_turn(SIM_STEP, 0);
}

static void go_on(struct cpu *c)
{
	events_add(c->now, EVENTS_CPU, (uint32_t)(c - cpus));
}

void cpus_resume(uint32_t thread, uint64_t at)
{
	struct cpu *c = &cpus[threads[thread].cpu];
	threads[thread].stalled = false;
	c->now = at > c->now ? at : c->now;
	go_on(c);
}

/* The next thread in the queue gets the CPU. */
static void take_next(struct cpu *c)
{
	c->running = c->first;
	if (c->running == NOBODY)
		return;
	c->first = threads[c->running].next;
	c->slice_end = c->now + machine.f.slice;
	go_on(c);
}

static void leave(struct cpu *c)
{
	stores_show((uint32_t)sim_self->id);
	if (c->first != NOBODY)
		c->now += machine.f.context_switch;
	take_next(c);
}

/* The running thread lets others go first. */
static void rotate(struct cpu *c)
{
	threads[c->running].preempted = true;
	append(c, c->running);
	leave(c);
}

/* A thread that is still on its way into the kernel does not sleep: its system call just ends. */
static void ready(int thread, uint64_t at)
{
	struct cpu *c = &cpus[threads[thread].cpu];
	append(c, thread);
	if (c->running != NOBODY)
		return;
	c->now = at < c->now ? c->now : at + machine.f.wake_up;
	take_next(c);
}

static void begin(void)
{
	for (uint32_t i = 0; i < machine.cpus; i++)
		take_next(&cpus[i]);
}

/* The running thread cannot go on. */
static void block(struct cpu *c, enum sim_why why, long us)
{
	threads[sim_self->id].blocked_at = c->now;
	if (why == SIM_SLEEP)
		events_add(c->now + (uint64_t)us * 1000 * EVENTS_NS + machine.f.timer_slack, EVENTS_TIMER, (uint32_t)sim_self->id);
	c->now += why == SIM_ENDED ? 0 : machine.f.futex_wait;
	leave(c);
}

/* Returns whether the running thread may go on without an event: nothing comes before it. */
static bool wait_turn(struct cpu *c, enum sim_why why)
{
	c->now += why == SIM_PAUSE ? machine.f.pause : why == SIM_YIELD ? machine.f.syscall : 0;
	if (threads[sim_self->id].stalled)
		return false;
	if (c->first != NOBODY && (why == SIM_YIELD || c->now >= c->slice_end)) {
		rotate(c);
		return false;
	}
	if (c->now < events_time())
		return true;
	go_on(c);
	return false;
}

/* Lets the machine run until a CPU's thread goes on. */
static int advance(void)
{
	while (events_time() != EVENTS_NEVER) {
		struct events_event e = events_next();
		switch (e.kind) {
		case EVENTS_CPU:
			return cpus[e.who].running;
		case EVENTS_LINE:
			lines_pass(e.who, e.at);
			break;
		case EVENTS_STORE:
			stores_drain(e.who, e.at);
			break;
		case EVENTS_TIMER:
			ready((int)e.who, e.at);
			break;
		}
	}
	sim_fail("all threads are blocked");
}

int driver_next(enum sim_why why, long us)
{
	if (why == SIM_BEGINS)
		begin();
	else if (why == SIM_SLEEP || why == SIM_BLOCKED || why == SIM_ENDED)
		block(own(), why, us);
	else if (wait_turn(own(), why))
		return sim_self->id;
	return advance();
}

bool driver_sleeps(void)
{
	return true;
}

/* The one that has slept longest. */
int driver_waiter(enum sim_event event, struct sim_thread *const *waiters, int n)
{
	int first = 0;
	(void)event;
	for (int i = 1; i < n; i++)
		if (threads[waiters[i]->id].blocked_at < threads[waiters[first]->id].blocked_at)
			first = i;
	return first;
}

void driver_woken(struct sim_thread *t)
{
	ready(t->id, cpus_now());
	cpus_work(machine.f.futex_wake);
}

/* No signals come. */
bool driver_signal(void)
{
	return false;
}

bool driver_disturb(void)
{
	if (sim_self->cpu < 0)
		sim_place(sim_self, (int)machine.place[cpus_place()].number);
	bool preempted = threads[sim_self->id].preempted;
	threads[sim_self->id].preempted = false;
	return preempted;
}

int driver_cpus(void)
{
	uint32_t end = 0;
	for (uint32_t i = 0; i < machine.cpus; i++)
		end = machine.place[i].number >= end ? machine.place[i].number + 1 : end;
	return (int)end;
}

/* Only the caller's time passes: the CPUs that it interrupts lose none here. */
void driver_barrier(int cpu)
{
	stores_wait();
	cpus_work(machine.f.membarrier);
	for (uint32_t i = 0; i < count; i++)
		if (cpu < 0 || machine.place[threads[i].cpu].number == (uint32_t)cpu)
			stores_show(i);
}
