/* SPDX-License-Identifier: BSD-3-Clause */
/* extram-model: runs strategies and kernels on a machine that a file describes. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "options.h"
#include "runs.h"

/* The places of n threads, in the order of --fill. */
static void fill(const struct options *o, uint32_t n, uint32_t *place)
{
	uint32_t order[MACHINE_CPUS];
	options_order(o, order);
	for (uint32_t i = 0; i < n; i++)
		place[i] = o->cpu_count > 0 ? o->cpu[i % o->cpu_count] : order[i % machine.cpus];
}

static bool measure(const struct options *o, const struct client_program *program, uint32_t threads)
{
	uint32_t place[SIM_THREADS];
	struct runs_result r;
	fill(o, threads, place);
	client_load =
	    (struct client_load){.hold_ns = o->hold_ns, .think_ns = o->think_ns, .drawn = o->drawn, .ms = o->ms == 0 ? threads + 1 : o->ms};
	struct runs_plan plan = {program, threads, place, o->seed, o->instructions, o->length_us * 1000 * EVENTS_NS};
	if (!runs_run(&plan, &r))
		return false;
	printf("%s\t%u\t%u\t%u\t%.4g\t%.4g\t%.3f\t%.3g\t%llu\n", program->name, threads, o->hold_ns, o->think_ns, r.thread_ns, r.system_ns,
	       r.jain, r.run_length, (unsigned long long)r.operations);
	fflush(stdout);
	return true;
}

/* A line a CPU, in the order of --fill. */
static void print_places(const struct options *o)
{
	uint32_t order[MACHINE_CPUS];
	options_order(o, order);
	printf("cpu\tcore\tdomain\tnode\tpackage\n");
	for (uint32_t i = 0; i < machine.cpus; i++) {
		const struct machine_place *p = &machine.place[order[i]];
		printf("%u\t%u\t%u\t%u\t%u\n", p->number, p->core, p->domain, p->node, p->package);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	if (!options_parse(&o, argc, argv))
		return 2;
	if (o.print)
		machine_print();
	if (o.places)
		print_places(&o);
	if (o.print || o.places)
		return 0;
	printf("name\tthreads\thold_ns\tthink_ns\tthread_ns\tsystem_ns\tjain\trun_length\toperations\n");
	for (uint32_t p = 0; p < o.program_count; p++)
		for (uint32_t t = 0; t < o.thread_count; t++) {
			struct client_program program;
			if (!options_program(&o, p, &program) || !measure(&o, &program, o.threads[t]))
				return 2;
		}
	return 0;
}
