/* SPDX-License-Identifier: BSD-3-Clause */
#include "crew.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "wait.h"

#define LEAD_NS 500000 /* from when all threads are ready to the common start; plus LEAD_EACH_NS per thread */
#define LEAD_EACH_NS 20000
#define STACK_BYTES 262144
#define PATIENCE_MS 60000

enum door { DOOR_SHUT, DOOR_OPEN, DOOR_CANCELLED };

/* Allocated, with its own copy of the plan, because the threads of a hung crew keep using it. */
struct crew {
	struct crew_plan plan;
	char *thread; /* their structs */
	uint64_t begin;
	_Atomic uint32_t start, leave;    /* enum door */
	_Atomic uint32_t ready, met, out; /* threads that have come so far */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* all threads have come so far */
};

static enum block_status fail(const struct crew *crew, const char *why)
{
	fprintf(stderr, "extram-bench: a block of %u threads could not run: %s\n", crew->plan.threads, why);
	return BLOCK_FAILED;
}

static enum door wait_for(_Atomic uint32_t *door)
{
	uint32_t state;
	/* acquire: pairs with the release in set_door. */
	while ((state = atomic_load_explicit(door, memory_order_acquire)) == DOOR_SHUT)
		EXTRAM_FUTEX_WAIT(door, DOOR_SHUT);
	return state;
}

static void set_door(_Atomic uint32_t *door, enum door state)
{
	/* release: pairs with the acquire in wait_for. */
	atomic_store_explicit(door, state, memory_order_release);
	EXTRAM_FUTEX_WAKE(door, INT_MAX);
}

/* The last thread to come wakes the one that waits in reached. */
static void come(struct crew *crew, _Atomic uint32_t *point)
{
	/* release: pairs with the acquire in reached, which then sees what this thread wrote. */
	if (atomic_fetch_add_explicit(point, 1, memory_order_release) + 1 < crew->plan.threads)
		return;
	pthread_mutex_lock(&crew->lock);
	pthread_cond_signal(&crew->changed);
	pthread_mutex_unlock(&crew->lock);
}

bool crew_ready(struct crew_thread *t)
{
	struct crew *crew = t->crew;
	crew_phase(t, "waits for the start");
	come(crew, &crew->ready);
	bool open = wait_for(&crew->start) == DOOR_OPEN;
	t->begin = crew->begin;
	return open;
}

void crew_meet(struct crew_thread *t)
{
	come(t->crew, &t->crew->met);
	wait_for(&t->crew->leave);
}

void crew_usage_begin(struct crew_thread *t, int schedstat)
{
	if (counters_in_use != NULL)
		counters_open(counters_in_use, &t->counters);
	t->used = usage_now();
	if (!usage_run_wait_ns(schedstat, &t->run_wait_ns))
		t->run_wait_ns = UINT64_MAX;
	counters_start(&t->counters);
}

void crew_usage_end(struct crew_thread *t, int schedstat)
{
	counters_stop(&t->counters);
	const struct usage before = t->used, after = usage_now();
	uint64_t waited;
	t->used = (struct usage){after.cpu_ns - before.cpu_ns, after.nvcsw - before.nvcsw, after.nivcsw - before.nivcsw};
	bool known = t->run_wait_ns != UINT64_MAX && usage_run_wait_ns(schedstat, &waited);
	t->run_wait_ns = known ? waited - t->run_wait_ns : UINT64_MAX;
}

static void *live(void *arg)
{
	struct crew_thread *t = arg;
	const struct crew_plan *plan = &t->crew->plan;
	t->bound = topology_bind(plan->topology, plan->placement, t->index);
	plan->body(t);
	crew_phase(t, "is done");
	come(t->crew, &t->crew->out);
	return NULL;
}

static struct crew_thread *at(const struct crew *crew, uint32_t index)
{
	return crew_at(crew, index);
}

static void join(const struct crew *crew, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		pthread_join(at(crew, i)->thread, NULL);
}

/* Creates the threads. False: not all could be created; the others have ended. */
static bool create(struct crew *crew)
{
	pthread_attr_t attr;
	uint32_t count = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (count < crew->plan.threads && pthread_create(&at(crew, count)->thread, &attr, live, at(crew, count)) == 0)
		count++;
	pthread_attr_destroy(&attr);
	if (count == crew->plan.threads)
		return true;
	set_door(&crew->start, DOOR_CANCELLED);
	join(crew, count);
	return false;
}

static void print_hung(const struct crew *crew)
{
	fprintf(stderr, "extram-bench: a block hangs:\n");
	for (uint32_t i = 0; i < crew->plan.threads; i++) {
		const struct crew_thread *t = at(crew, i);
		/* relaxed: diagnostics only. */
		const char *does = atomic_load_explicit(&t->phase, memory_order_relaxed);
		fprintf(stderr, "  thread %u %s, %" PRIu64 " pairs done\n", i, does, crew_pairs(t));
	}
}

static struct timespec deadline(const struct crew_plan *plan)
{
	uint64_t patience_ms = plan->patience_ms != 0 ? plan->patience_ms : PATIENCE_MS;
	uint64_t ns = clock_monotonic_ns() + (plan->block_ms + patience_ms) * 1000000U;
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000U), .tv_nsec = (long)(ns % 1000000000U)};
}

/* Waits until all threads have come to a point. The watchdog: false if none came for too long. */
static bool reached(struct crew *crew, const _Atomic uint32_t *point)
{
	uint32_t seen = 0, count;
	struct timespec until = deadline(&crew->plan);
	bool hangs = false;
	pthread_mutex_lock(&crew->lock);
	/* acquire: pairs with the release in come. */
	while ((count = atomic_load_explicit(point, memory_order_acquire)) < crew->plan.threads && !hangs)
		if (pthread_cond_timedwait(&crew->changed, &crew->lock, &until) == ETIMEDOUT) {
			hangs = count == seen;
			seen = count;
			until = deadline(&crew->plan);
		}
	pthread_mutex_unlock(&crew->lock);
	return count == crew->plan.threads;
}

/* Takes the threads from the start to their end. False: they hang. */
static bool lead(struct crew *crew)
{
	const struct crew_plan *plan = &crew->plan;
	if (!reached(crew, &crew->ready))
		return false;
	crew->begin = clock_now() + (plan->burst ? 0 : clock_ticks(LEAD_NS + (double)LEAD_EACH_NS * plan->threads));
	set_door(&crew->start, DOOR_OPEN);
	if (plan->burst && !reached(crew, &crew->met))
		return false;
	set_door(&crew->leave, DOOR_OPEN);
	return reached(crew, &crew->out);
}

double crew_jain(double sum, double squares, uint32_t threads)
{
	return squares > 0 ? sum * sum / (threads * squares) : NAN;
}

static void add_up(const struct crew *crew, struct crew_total *total)
{
	double squares = 0;
	*total = (struct crew_total){.bound = 0};
	for (uint32_t i = 0; i < crew->plan.threads; i++) {
		struct crew_thread *t = at(crew, i);
		uint64_t wall_ns = (uint64_t)clock_ns(t->end - crew->begin);
		bool known = t->run_wait_ns != UINT64_MAX;
		uint64_t waited = known ? t->run_wait_ns : 0;
		total->bound += t->bound;
		total->pairs += crew_pairs(t);
		squares += (double)crew_pairs(t) * (double)crew_pairs(t);
		total->wall_ns = wall_ns > total->wall_ns ? wall_ns : total->wall_ns;
		total->thread_ns += wall_ns > waited ? wall_ns - waited : 0;
		total->cpu_ns += t->used.cpu_ns;
		total->nvcsw += t->used.nvcsw;
		total->nivcsw += t->used.nivcsw;
		counters_take(&t->counters, &total->counters);
		total->run_wait_ns = known && total->run_wait_ns != UINT64_MAX ? total->run_wait_ns + waited : UINT64_MAX;
		total->most_wait_ns = t->run_wait_ns > total->most_wait_ns ? t->run_wait_ns : total->most_wait_ns;
	}
	total->jain = crew_jain((double)total->pairs, squares, crew->plan.threads);
}

static enum block_status end(const struct crew *crew, struct crew_total *total)
{
	for (uint32_t i = 0; i < crew->plan.threads; i++)
		if (at(crew, i)->failed)
			return fail(crew, "a thread could not be set up");
	add_up(crew, total);
	return BLOCK_DONE;
}

enum block_status crew_run(struct crew *crew, struct crew_total *total)
{
	uint64_t before = 0, after = 0;
	bool known = usage_steal_ns(&before);
	if (!create(crew))
		return fail(crew, "the system cannot start more threads");
	if (!lead(crew)) {
		print_hung(crew);
		return BLOCK_HUNG;
	}
	join(crew, crew->plan.threads);
	enum block_status status = end(crew, total);
	total->steal_ns = known && usage_steal_ns(&after) ? after - before : UINT64_MAX;
	return status;
}

struct crew *crew_new(const struct crew_plan *plan)
{
	pthread_condattr_t attr;
	size_t bytes = plan->bytes != 0 ? plan->bytes : sizeof(struct crew_thread);
	struct crew *crew = calloc(1, sizeof(*crew));
	char *thread = aligned_alloc(EXTRAM_APART, plan->threads * bytes);
	if (crew == NULL || thread == NULL) {
		fail(&(const struct crew){.plan = *plan}, "no memory");
		free(crew);
		free(thread);
		return NULL;
	}
	memset(thread, 0, plan->threads * bytes);
	*crew = (struct crew){.plan = *plan, .thread = thread, .lock = PTHREAD_MUTEX_INITIALIZER};
	crew->plan.bytes = bytes;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&crew->changed, &attr);
	pthread_condattr_destroy(&attr);
	for (uint32_t i = 0; i < plan->threads; i++) {
		struct crew_thread *t = at(crew, i);
		t->crew = crew;
		t->context = plan->context;
		t->index = i;
		t->run_wait_ns = UINT64_MAX;
		crew_phase(t, "prepares");
	}
	return crew;
}

void crew_free(struct crew *crew)
{
	if (crew != NULL)
		free(crew->thread);
	free(crew);
}

void *crew_at(const struct crew *crew, uint32_t index)
{
	return crew->thread + index * crew->plan.bytes;
}
