/* SPDX-License-Identifier: BSD-3-Clause */
#include "crew.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cpu_numbers.h"

static struct worker main_worker = {.id = CREW_MAIN};
static struct worker workers[CREW_MAX];
static _Atomic unsigned used; /* of workers, in this test */
static const char *_Atomic test_name;
static _Atomic unsigned tests;

/* Like dprintf, but safe in signal handlers: the failing thread may hold the allocator's lock. */
static void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(int fd, const char *format, ...)
{
	char line[768];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > 0)
		n = (int)write(fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* Standard output is the report that the test driver reads; "Bail out!" ends it. */
_Noreturn void crew_fail(const char *file, int line, const char *format, ...)
{
	char message[512];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	/* relaxed: a text. */
	const char *name = atomic_load_explicit(&test_name, memory_order_relaxed);
	say(STDERR_FILENO, "%s:%d: in '%s': %s\n", file, line, name, message);
	say(STDOUT_FILENO, "Bail out! %s: %s\n", name, message);
	abort();
}

static uint64_t operations_of(struct worker *w)
{
	/* relaxed: a number alone. */
	return atomic_load_explicit(&w->operations, memory_order_relaxed);
}

static void dump(struct worker *w)
{
	/* relaxed: nothing moves. */
	const char *phase = atomic_load_explicit(&w->phase, memory_order_relaxed);
	const char *who = w == &main_worker ? "main" : "thread";
	unsigned id = w == &main_worker ? 0 : w->id;
	say(STDERR_FILENO, "  %s %u: %s, %llu operations done\n", who, id, phase ? phase : "not started",
	    (unsigned long long)operations_of(w));
}

/* Changes when a test begins, or the main thread succeeds. */
static uint64_t main_progress(void)
{
	/* relaxed: a change that is seen late is seen one second later. */
	return ((uint64_t)atomic_load_explicit(&tests, memory_order_relaxed) << 48) + operations_of(&main_worker);
}

/* Changes whenever any thread succeeds. */
static uint64_t progress(void)
{
	uint64_t sum = main_progress();
	/* relaxed: as above. */
	unsigned n = atomic_load_explicit(&used, memory_order_relaxed);
	for (unsigned i = 0; i < n; i++)
		sum += operations_of(&workers[i]);
	return sum;
}

static unsigned deadline(void)
{
	const char *text = getenv("EXTRAM_TEST_DEADLINE");
	int seconds = text == NULL ? 0 : atoi(text);
	return seconds > 0 ? (unsigned)seconds : 60;
}

_Noreturn static void bark(unsigned seconds, const char *what)
{
	dump(&main_worker);
	/* relaxed: nothing moves, or nothing that matters here. */
	unsigned n = atomic_load_explicit(&used, memory_order_relaxed);
	for (unsigned i = 0; i < n; i++)
		dump(&workers[i]);
	crew_fail(__FILE__, __LINE__, "%s for %u s", what, seconds);
}

static void *watchdog(void *arg)
{
	(void)arg;
	uint64_t last = 0, main_last = 0;
	for (unsigned still = 0, main_still = 0;; still++, main_still++) {
		uint64_t now = progress(), main_now = main_progress();
		still = now == last ? still : 0;
		main_still = main_now == main_last ? main_still : 0;
		last = now;
		main_last = main_now;
		if (still >= deadline())
			bark(still, "nothing has moved");
		if (main_still >= 4 * deadline())
			bark(main_still, "the test has not come to an end");
		sleep(1);
	}
	return NULL;
}

/* The watchdog must not receive a test's signals. */
static void start_watchdog(void)
{
	static bool started;
	if (started)
		return;
	started = true;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_t thread;
	int err = pthread_create(&thread, NULL, watchdog, NULL);
	check(err == 0, "no watchdog: error %d", err);
	pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct worker *crew_watch(const char *test)
{
	/* relaxed, all: between tests there is one thread, and the watchdog reads numbers. */
	atomic_store_explicit(&test_name, test, memory_order_relaxed);
	atomic_store_explicit(&used, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&tests, 1, memory_order_relaxed);
	main_worker.random = UINT64_C(0x9e3779b97f4a7c15);
	worker_phase(&main_worker, "running the test");
	start_watchdog();
	return &main_worker;
}

static void *start(void *arg)
{
	struct worker *w = arg;
	worker_phase(w, "started");
	w->run(w);
	worker_phase(w, "ended");
	worker_done(w);
	return NULL;
}

struct worker *crew_start(unsigned n, void (*run)(struct worker *w), void *arg)
{
	crew_cpus(); /* before another thread asks */
	/* relaxed: the addition hands each place to one caller. */
	unsigned at = atomic_fetch_add_explicit(&used, n, memory_order_relaxed);
	check(n > 0 && at + n <= CREW_MAX, "a test may not start more than %d threads", CREW_MAX);
	for (unsigned i = 0; i < n; i++) {
		struct worker *w = &workers[at + i];
		w->id = at + i + 1;
		w->rank = i;
		w->of = n;
		w->random = UINT64_C(0x9e3779b97f4a7c15) * (w->id + 1);
		w->arg = arg;
		w->run = run;
		worker_phase(w, NULL);
		int err = pthread_create(&w->thread, NULL, start, w);
		check(err == 0, "pthread_create: error %d", err);
	}
	return &workers[at];
}

void crew_join(struct worker *first)
{
	for (unsigned i = 0, n = first->of; i < n; i++)
		pthread_join(first[i].thread, NULL);
}

void crew_join_or_stop(struct worker *first, unsigned seconds, _Atomic bool *stop)
{
	struct timespec end;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += seconds;
	for (unsigned i = 0, n = first->of; i < n; i++) {
		int err = pthread_timedjoin_np(first[i].thread, NULL, &end);
		if (err == 0)
			continue;
		check(err == ETIMEDOUT, "pthread_timedjoin_np: error %d", err);
		/* relaxed: seen late is early enough. */
		atomic_store_explicit(stop, true, memory_order_relaxed);
		pthread_join(first[i].thread, NULL);
	}
}

void crew_run(unsigned n, void (*run)(struct worker *w), void *arg)
{
	crew_join(crew_start(n, run, arg));
}

/* Works for any number of meetings of the same crew. */
void crew_meet(struct crew_gate *gate, unsigned of)
{
	/* acq_rel: pairs with the same addition, and the acquire below, in the other threads. All
	 * threads see afterwards what each did before. */
	uint32_t now = atomic_fetch_add_explicit(&gate->arrived, 1, memory_order_acq_rel);
	uint32_t full = (now / of + 1) * of;
	/* acquire: pairs with the addition of the others. */
	while ((int32_t)(atomic_load_explicit(&gate->arrived, memory_order_acquire) - full) < 0)
		sched_yield();
}

/* The CPUs of this process at the first call, and the size of the set in bytes. */
static cpu_set_t *allowed;
static size_t allowed_bytes;

unsigned crew_cpus(void)
{
	if (allowed == NULL)
		allowed = cpu_numbers_allowed(&allowed_bytes);
	check(allowed != NULL, "the kernel does not say which CPUs may be used: error %d", errno);
	return (unsigned)CPU_COUNT_S(allowed_bytes, allowed);
}

int crew_cpu(unsigned n)
{
	n %= crew_cpus();
	for (int cpu = 0;; cpu++)
		if (CPU_ISSET_S((size_t)cpu, allowed_bytes, allowed) && n-- == 0)
			return cpu;
}

int crew_move(pthread_t thread, int cpu)
{
	crew_cpus();
	cpu_set_t *one = CPU_ALLOC(allowed_bytes * 8);
	check(one != NULL, "no memory for a set of CPUs");
	CPU_ZERO_S(allowed_bytes, one);
	if (cpu >= 0)
		CPU_SET_S((size_t)cpu, allowed_bytes, one);
	int err = pthread_setaffinity_np(thread, allowed_bytes, cpu < 0 ? allowed : one);
	CPU_FREE(one);
	return err;
}

void crew_pin(int cpu)
{
	int err = crew_move(pthread_self(), cpu);
	/* EINVAL: the CPU went offline since. That is as if the kernel had moved the thread away
	 * from it. */
	check(err == 0 || err == EINVAL, "cannot run on CPU %d", cpu);
}

unsigned crew_size(void)
{
	unsigned n = 2 * crew_cpus();
	return n < 4 ? 4 : n > 64 ? 64 : n;
}
