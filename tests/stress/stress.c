/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stress STRATEGY: runs many threads on a list of the strategy of that name. Checks every m's owner
 * and contents at each get, and the whole list after each phase. options.c sets how long, and where
 * to record it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stress.h"

static struct options options;

/* Puts what the boxes still hold on the list. */
static void empty_boxes(struct job *j, struct worker *w)
{
	for (unsigned i = 0; i < STRESS_BOXES; i++) {
		/* relaxed: alone. */
		struct payload_m *p = atomic_load_explicit(&j->box[i], memory_order_relaxed);
		if (p != NULL)
			fixture_put(&j->f, w, payload_take(&j->f, w, &p->m));
	}
	j->f.s->thread_exit(j->f.list);
}

static void end_in_time(struct job *j, struct worker *w)
{
	for (unsigned i = 0; i < options.seconds; i++) {
		sleep(1);
		worker_done(w); /* a long run counts as progress; its end does not, if a thread hangs */
	}
	/* relaxed: seen late is early enough. */
	atomic_store_explicit(&j->stop, options.seconds > 0, memory_order_relaxed);
}

static void work(struct job *j, struct worker *w, unsigned n, void (*run)(struct worker *w))
{
	if (j->all_on_one_cpu)
		crew_pin(crew_cpu(crew_cpus() - 1));
	struct worker *crew = crew_start(n, run, j);
	end_in_time(j, w);
	worker_phase(w, "waiting for the threads to end");
	if (options.within > 0)
		crew_join_or_stop(crew, options.within, &j->stop);
	else
		crew_join(crew);
	crew_pin(-1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct phase_done summary(struct job *j, const char *name, double start)
{
	return (struct phase_done){
	    .name = name,
	    .variant = j->f.s->variant(j->f.list),
	    .threads = options.threads,
	    .ms = j->f.n,
	    /* relaxed: the threads are joined. */
	    .pairs = atomic_load_explicit(&j->got, memory_order_relaxed),
	    .seconds = now() - start,
	};
}

/* percent: the part of the pairs that the options ask for, and of those that they require. */
static void set_gets(struct job *j, unsigned percent)
{
	j->gets = options.seconds > 0 ? UINT64_MAX : options.pairs * percent / 100 / options.threads + 1;
	j->least = options.least * percent / 100 / options.threads + 1;
}

struct plan {
	uint32_t ms;
	unsigned percent; /* as for set_gets */
	bool all_on_one_cpu;
	void (*run)(struct worker *w);
};

static void phase(const char *name, struct plan p)
{
	struct worker *w = crew_watch(name);
	struct job j = {.f = fixture_make(options.s, p.ms), .all_on_one_cpu = p.all_on_one_cpu};
	set_gets(&j, p.percent);
	fixture_fill(&j.f, w);
	double start = now();
	work(&j, w, options.threads, p.run);
	struct phase_done done = summary(&j, name, start);
	empty_boxes(&j, w);
	fixture_drain(&j.f, w, p.ms);
	record_phase(options.s, &done);
	fixture_free(&j.f);
}

static void mixed(void **state)
{
	(void)state;
	phase("mixed", (struct plan){2 * options.threads, 100, false, stress_mixed});
}

/* Few enough ms for threads to meet at the bottom of the list all the time. */
static void few(void **state)
{
	(void)state;
	phase("fewer ms than threads", (struct plan){STRESS_BOXES + 2, 100, false, stress_mixed});
}

static void two_by_two(void **state)
{
	(void)state;
	phase("two by two", (struct plan){options.threads, 400, false, stress_two});
}

static void one_cpu(void **state)
{
	(void)state;
	phase("all on one CPU", (struct plan){2 * options.threads, 50, true, stress_mixed});
}

static void one_short(void **state)
{
	(void)state;
	phase("one m short", (struct plan){options.threads - 1, 50, false, stress_waiting});
}

static void single(void **state)
{
	(void)state;
	phase("a single m", (struct plan){1, 12, false, stress_waiting});
}

static void refill(void **state)
{
	(void)state;
	struct worker *w = crew_watch("refill");
	struct job j = {.f = fixture_make_late(options.s, 16 * options.threads)};
	set_gets(&j, 25);
	fixture_new(&j.f, w, 0);
	atomic_init(&j.made, 1);
	double start = now();
	work(&j, w, options.threads, stress_refill);
	struct phase_done done = summary(&j, "refill", start);
	fixture_drain(&j.f, w, 1);
	record_phase(options.s, &done);
	fixture_free(&j.f);
}

/* Runs one phase alone, if the options name one. False: there is no phase of that name; the error
 * has been printed. */
static bool choose(const struct CMUnitTest *tests)
{
	if (options.phase == NULL)
		return true;
	for (int i = 0; i < STRESS_PHASES; i++)
		if (strcmp(tests[i].name, options.phase) == 0) {
			cmocka_set_test_filter(options.phase);
			return true;
		}
	fprintf(stderr, "stress: no phase '%s'; --help names them\n", options.phase);
	return false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mixed),     cmocka_unit_test(few),    cmocka_unit_test(two_by_two), cmocka_unit_test(one_cpu),
	    cmocka_unit_test(one_short), cmocka_unit_test(single), cmocka_unit_test(refill),
	};
	_Static_assert(sizeof(tests) / sizeof(*tests) == STRESS_PHASES, "--minutes divides by it, and so many rows are kept");
	enum parsed parsed = options_parse(&options, argc, argv);
	if (parsed != PARSED)
		return parsed == PARSED_HELP ? 0 : 2;
	if (!choose(tests))
		return 2;
	if (options.record != NULL && !record_open(options.record))
		return 2;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	record_print();
	return failed;
}
