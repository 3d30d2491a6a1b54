/* SPDX-License-Identifier: BSD-3-Clause */
#include "burst.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "extram.h"

#define STACK_BYTES 262144
#define PATIENCE_MS 60000
#define LOOK_US 200 /* between progress checks; the threads' own clocks take the times */

/* Allocated, because the threads of a hung burst keep using it. */
struct burst {
	struct burst_plan plan;
	struct burst_guest *guest;
	uint32_t started;
	_Atomic uint32_t gate, leave; /* 1: open */
	_Atomic uint32_t ready, in, out;
	uint64_t begin; /* ticks when the gate opened */
};

static struct burst *hung; /* for a debugger; its threads are still running */

static void wait_for(_Atomic uint32_t *door)
{
	/* acquire: pairs with the release in open_door. */
	while (atomic_load_explicit(door, memory_order_acquire) == 0)
		EXTRAM_FUTEX_WAIT(door, 0);
}

static void open_door(_Atomic uint32_t *door)
{
	/* release: pairs with the acquire in wait_for. */
	atomic_store_explicit(door, 1, memory_order_release);
	EXTRAM_FUTEX_WAKE(door, INT_MAX);
}

static void count(_Atomic uint32_t *counter)
{
	/*
	 * release: pairs with the acquire in reached, so the reader sees what the thread wrote
	 * before.
	 */
	atomic_fetch_add_explicit(counter, 1, memory_order_release);
}

void burst_stay(struct burst_guest *guest)
{
	guest->in = clock_now();
	burst_phase(guest, BURST_INSIDE);
	count(&guest->burst->in);
	wait_for(&guest->burst->leave);
	burst_phase(guest, BURST_OUT);
}

static void *run(void *arg)
{
	struct burst_guest *guest = arg;
	struct burst *b = guest->burst;
	guest->bound = topology_bind(b->plan.topology, b->plan.placement, guest->index);
	count(&b->ready);
	wait_for(&b->gate);
	b->plan.visit(guest);
	guest->used = usage_now();
	burst_phase(guest, BURST_DONE);
	count(&b->out);
	return NULL;
}

static void print_hung(const struct burst *b)
{
	static const char *const phases[] = {
	    "waits for the start", "waits for its m", "waits for a processor", "makes ms", "is in its callback", "leaves", "is done"};
	fprintf(stderr, "extram-bench: a burst hangs:\n");
	for (uint32_t i = 0; i < b->started; i++)
		/* relaxed: diagnostics only. */
		fprintf(stderr, "  thread %u %s\n", i, phases[atomic_load_explicit(&b->guest[i].phase, memory_order_relaxed)]);
}

/*
 * Waits until all threads have arrived. The watchdog: false if none arrived for too long; their
 * state was printed.
 */
static bool reached(const struct burst *b, const _Atomic uint32_t *counter)
{
	uint64_t patience_ns = (b->plan.patience_ms != 0 ? b->plan.patience_ms : PATIENCE_MS) * UINT64_C(1000000);
	uint64_t until = clock_monotonic_ns() + patience_ns;
	for (uint32_t seen = 0;;) {
		/* acquire: pairs with the release in count. */
		uint32_t n = atomic_load_explicit(counter, memory_order_acquire);
		uint64_t now = clock_monotonic_ns();
		if (n >= b->started)
			return true;
		if (n > seen)
			until = now + patience_ns;
		seen = n;
		if (now > until) {
			print_hung(b);
			return false;
		}
		EXTRAM_USLEEP(LOOK_US);
	}
}

static bool start_all(struct burst *b)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (; b->started < b->plan.threads; b->started++) {
		struct burst_guest *guest = &b->guest[b->started];
		guest->burst = b;
		guest->context = b->plan.context;
		guest->index = b->started;
		if (pthread_create(&guest->thread, &attr, run, guest) != 0)
			break;
	}
	pthread_attr_destroy(&attr);
	if (b->started == b->plan.threads)
		return true;
	fprintf(stderr, "extram-bench: a burst of %u threads could not run: the system cannot start more than %u\n", b->plan.threads,
		b->started);
	return false;
}

/* Runs the started threads through the burst. */
static enum burst_status run_all(struct burst *b)
{
	enum burst_status status = start_all(b) ? BURST_COMPLETE : BURST_FAILED;
	if (!reached(b, &b->ready))
		return BURST_HUNG;
	b->begin = clock_now();
	open_door(&b->gate);
	if (!reached(b, &b->in))
		return BURST_HUNG;
	open_door(&b->leave);
	if (!reached(b, &b->out))
		return BURST_HUNG;
	for (uint32_t i = 0; i < b->started; i++)
		pthread_join(b->guest[i].thread, NULL);
	return status;
}

static void sum_up(const struct burst *b, struct burst_result *result)
{
	uint64_t last = b->begin;
	*result = (struct burst_result){.wall_ns = (uint64_t)clock_ns(clock_now() - b->begin)};
	for (uint32_t i = 0; i < b->plan.threads; i++) {
		const struct burst_guest *guest = &b->guest[i];
		result->bound += guest->bound;
		result->cpu_ns += guest->used.cpu_ns;
		result->nvcsw += guest->used.nvcsw;
		result->nivcsw += guest->used.nivcsw;
		last = guest->in > last ? guest->in : last;
	}
	result->all_in_ms = clock_ns(last - b->begin) / 1e6;
}

enum burst_status burst_run(const struct burst_plan *plan, struct burst_result *result)
{
	struct burst *b = calloc(1, sizeof(*b));
	struct burst_guest *guest = calloc(plan->threads, sizeof(*guest));
	enum burst_status status = BURST_FAILED;
	if (b == NULL || guest == NULL) {
		fprintf(stderr, "extram-bench: no memory for a burst of %u threads\n", plan->threads);
		goto end;
	}
	*b = (struct burst){.plan = *plan, .guest = guest};
	status = run_all(b);
	if (status == BURST_HUNG) {
		hung = b;
		return status;
	}
	if (status == BURST_COMPLETE)
		sum_up(b, result);
end:
	free(guest);
	free(b);
	return status;
}
