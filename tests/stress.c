/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stress NAME [--threads T] [--pairs N | --seconds S]: many threads on a list of the strategy of that name. Every m's owner and
 * contents are checked at each get, and the whole list after each phase. About N pairs in each phase, or S seconds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

struct options {
	const struct extram_strategy *s;
	unsigned threads;
	uint64_t pairs;
	unsigned seconds;
};

static struct options options = {.pairs = 1000000};

/* What the boxes still hold becomes the list's. */
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
		worker_done(w); /* a long run is no standstill; its end is, if a thread hangs */
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
	crew_join(crew);
	crew_pin(-1);
}

/* percent: of the pairs asked for; less where a pair takes long, more where few are of any use. */
static void phase(const char *name, uint32_t ms, unsigned percent, bool all_on_one_cpu, void (*run)(struct worker *w))
{
	struct worker *w = crew_watch(name);
	struct job j = {.f = fixture_make(options.s, ms), .all_on_one_cpu = all_on_one_cpu};
	j.gets = options.seconds > 0 ? UINT64_MAX : options.pairs * percent / 100 / options.threads + 1;
	fixture_fill(&j.f, w);
	work(&j, w, options.threads, run);
	empty_boxes(&j, w);
	fixture_drain(&j.f, w, ms);
	fixture_free(&j.f);
}

static void mixed(void **state)
{
	(void)state;
	phase("mixed", 2 * options.threads, 100, false, stress_mixed);
}

/* Few enough to meet at the bottom of the list all the time. */
static void few(void **state)
{
	(void)state;
	phase("fewer ms than threads", STRESS_BOXES + 2, 100, false, stress_mixed);
}

static void two_by_two(void **state)
{
	(void)state;
	phase("two by two", options.threads, 400, false, stress_two);
}

static void one_cpu(void **state)
{
	(void)state;
	phase("all on one CPU", 2 * options.threads, 50, true, stress_mixed);
}

static void one_short(void **state)
{
	(void)state;
	phase("one m short", options.threads - 1, 50, false, stress_waiting);
}

static void single(void **state)
{
	(void)state;
	phase("a single m", 1, 12, false, stress_waiting);
}

static void refill(void **state)
{
	(void)state;
	struct worker *w = crew_watch("refill");
	struct job j = {.f = fixture_make(options.s, 16 * options.threads)};
	j.gets = options.seconds > 0 ? UINT64_MAX : options.pairs / options.threads / 4 + 1;
	fixture_new(&j.f, w, 0);
	atomic_init(&j.made, 1);
	work(&j, w, options.threads, stress_refill);
	fixture_drain(&j.f, w, 1);
	fixture_free(&j.f);
}

static bool parse(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"threads", required_argument, NULL, 't'},
	    {"pairs", required_argument, NULL, 'p'},
	    {"seconds", required_argument, NULL, 's'},
	    {NULL, 0, NULL, 0},
	};
	options.threads = crew_size();
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (c == 't')
			options.threads = (unsigned)atoi(optarg);
		else if (c == 'p')
			options.pairs = strtoull(optarg, NULL, 10);
		else if (c == 's')
			options.seconds = (unsigned)atoi(optarg);
		else
			return false;
	}
	options.s = argc == optind + 1 ? extram_find(argv[optind]) : NULL;
	return options.s != NULL && options.threads >= 2 && options.threads <= CREW_MAX;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mixed),     cmocka_unit_test(few),    cmocka_unit_test(two_by_two), cmocka_unit_test(one_cpu),
	    cmocka_unit_test(one_short), cmocka_unit_test(single), cmocka_unit_test(refill),
	};
	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: %s STRATEGY [--threads T, at least 2] [--pairs N | --seconds S]\n", argv[0]);
		return 2;
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
