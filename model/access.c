/* SPDX-License-Identifier: BSD-3-Clause */
/* What an access costs: the driver of sim.h's machine. */
#include "access.h"

#include "cpus.h"
#include "lines.h"
#include "machine.h"
#include "sim.h"
#include "stores.h"

static uint64_t between; /* the instructions before each access */
static uint64_t give_up_at;
static uint64_t accesses; /* since access_reset */

void access_reset(uint64_t ps, uint64_t end)
{
	between = ps;
	give_up_at = end;
	accesses = 0;
}

uint64_t access_count(void)
{
	return accesses;
}

/* The request of a thread that stalls for it. */
struct stall {
	struct lines_request request; /* first: a request is its stall */
	uint32_t thread;
};

static void comes(struct lines_request *r, uint64_t at)
{
	cpus_resume(((struct stall *)r)->thread, at);
}

static void ask(uint32_t line, bool write, bool far)
{
	struct stall s = {.request = {.cpu = cpus_place(), .write = write, .far = far, .comes = comes}, .thread = (uint32_t)sim_self->id};
	lines_ask(line, &s.request, cpus_now());
	cpus_stall();
}

/* Returns when the CPU may access the line, at once if it has it. */
static void fetch(uint32_t line, bool write)
{
	if (!lines_has(line, cpus_place(), write, cpus_now()))
		ask(line, write, false);
}

/* Everything earlier happens first: others have come to the same time. A sequence's store follows
 * its own turn at once, in which it may have been aborted: see rseq_machine.c. */
static void arrive(bool section_store)
{
	accesses++;
	cpus_work(between);
	if (cpus_now() > give_up_at)
		sim_fail("thread %d does not come to an end", sim_self->id);
	if (!section_store)
		sim_turn(SIM_STEP, 0);
}

static bool is_add(enum sim_kind kind)
{
	return kind == SIM_ADD || kind == SIM_SUB || kind == SIM_AND || kind == SIM_OR || kind == SIM_XOR;
}

static uint64_t cost_of(enum sim_kind kind)
{
	if (kind == SIM_CAS || kind == SIM_CAS_WEAK)
		return machine.f.cas;
	return kind == SIM_EXCHANGE || kind == SIM_STORE || kind == SIM_FUTEX_READ ? machine.f.exchange : machine.f.add;
}

/* Fetches the line for a read-modify-write. The store-exclusive fails if the line was written since
 * the load-exclusive, and both are done again. */
static void fetch_exclusive(uint32_t line)
{
	uint64_t version;
	if (machine.f.llsc == 0) {
		fetch(line, true);
		return;
	}
	do {
		fetch(line, false);
		version = lines_version(line);
		cpus_work(machine.f.llsc_window);
		sim_turn(SIM_STEP, 0);
		fetch(line, true);
	} while (version != lines_version(line));
}

/* The line may leave while the instruction gets ready, and while it retires. */
static void modify(struct sim_access *a)
{
	uint32_t line = lines_find(a->address);
	uint64_t cost = cost_of(a->kind), ready = cost < machine.f.ready ? cost : machine.f.ready;
	stores_wait();
	cpus_work(ready);
	sim_turn(SIM_STEP, 0);
	bool far = machine.f.far_add > 0 && is_add(a->kind) && !lines_has(line, cpus_place(), true, cpus_now());
	if (far)
		ask(line, true, true);
	else
		fetch_exclusive(line);
	if (!far || lines_has(line, cpus_place(), true, cpus_now()))
		lines_use(line, cpus_place(), true, cpus_now());
	sim_perform(a);
	cpus_work(cost - ready);
}

static void load(struct sim_access *a)
{
	uint32_t line = lines_find(a->address);
	cpus_work(machine.f.load);
	if (a->kind == SIM_FUTEX_READ)
		stores_wait();
	else if (stores_forward(a, false))
		return;
	fetch(line, false);
	sim_perform(a);
}

void driver_access(struct sim_access *a)
{
	arrive(a->section && a->kind == SIM_STORE);
	if (a->kind == SIM_FENCE) {
		if (a->order == __ATOMIC_SEQ_CST) {
			stores_wait();
			cpus_work(machine.f.fence);
		}
	} else if (a->kind == SIM_LOAD || a->kind == SIM_FUTEX_READ)
		load(a);
	else if (a->kind == SIM_STORE && a->order != __ATOMIC_SEQ_CST) {
		cpus_work(machine.f.store);
		stores_put(a, false);
	} else
		modify(a);
}

/* Hits cost what the instructions cost. */
void driver_plain(const volatile void *p, unsigned bytes, bool write, const void *site)
{
	struct sim_access a = {.kind = write ? SIM_STORE : SIM_LOAD, .size = bytes, .address = (volatile void *)p, .site = site};
	arrive(false);
	if (write)
		stores_put(&a, true);
	else if (!stores_forward(&a, true))
		fetch(lines_find(p), false);
}

/* A lock is a word in its mutex, and a condition variable in itself: see pthread in glibc. */
void driver_event(enum sim_event event, const void *object)
{
	if (event == SIM_LOCK || event == SIM_TRYLOCK || event == SIM_UNLOCK || event == SIM_WAIT || event == SIM_SIGNAL ||
	    event == SIM_BROADCAST) {
		arrive(false);
		modify(&(struct sim_access){.kind = SIM_FUTEX_READ, .size = sizeof(int), .address = (volatile void *)object});
	} else if (event == SIM_FUTEX_WAKE) {
		stores_wait();
		cpus_work(machine.f.syscall);
	}
}
