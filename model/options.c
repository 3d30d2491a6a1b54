/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEY_SET = 256,
	KEY_CPUS,
	KEY_FILL,
	KEY_HOLD,
	KEY_THINK,
	KEY_MS,
	KEY_FIXED,
	KEY_SEED,
	KEY_LENGTH,
	KEY_INSTRUCTIONS,
	KEY_PRINT,
	KEY_PLACES,
	KEY_LIST
};

static const char doc[] =
    "Computes what strategies and kernels cost on a machine that a file describes. Prints a line for each program and thread count, in ns: "
    "thread_ns is a thread's time for an operation, system_ns the time from one operation to the next.\v"
    "Exit status: 0; 2 bad usage.";

static const struct argp_option argp_options[] = {
    {"machine", 'm', "FILE", 0, "the machine: model/machines/NAME.ini", 1},
    {"set", KEY_SET, "KEY=NUMBER", 0, "change a figure of the machine", 1},
    {"print", KEY_PRINT, NULL, 0, "print the machine's figures", 1},
    {"places", KEY_PLACES, NULL, 0, "print the CPUs in the order in which threads get them", 1},
    {"program", 'S', "NAME,...", 0, "strategies or kernels; kernel:NAME or strategy:NAME, if both have it: else the kernel", 2},
    {"list", KEY_LIST, NULL, 0, "print the names of strategies and kernels", 2},
    {"threads", 't', "N,...", 0, "thread counts (1)", 2},
    {"fill", KEY_FILL, "ORDER", 0, "cores: each core first (the default); neighbours: SMT siblings, too; scatter: packages in turn", 3},
    {"cpus", KEY_CPUS, "N,...", 0, "these CPUs, by the system's numbers, in turn", 3},
    {"hold", KEY_HOLD, "NS", 0, "mean time from get to put (0)", 3},
    {"think", KEY_THINK, "NS", 0, "mean time from put to get (0)", 3},
    {"fixed", KEY_FIXED, NULL, 0, "hold and think are the same each time", 3},
    {"ms", KEY_MS, "N", 0, "ms on the list at the start (threads + 1)", 3},
    {"instructions", KEY_INSTRUCTIONS, "N", 0, "of one operation that meets nobody", 3},
    {"us", KEY_LENGTH, "N", 0, "simulated time (400)", 4},
    {"seed", KEY_SEED, "N", 0, "of all draws (1)", 4},
    {0},
};

static const char *machine_path, *sets[64];
static uint32_t set_count;
static const char *cpu_text;

static uint64_t need_number(struct argp_state *state, const char *word, uint64_t limit)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || value > limit)
		argp_failure(state, 2, 0, "'%s' is not a whole number from 0 to %llu", word, (unsigned long long)limit);
	return value;
}

static uint32_t split(struct argp_state *state, char *words, const char **to, uint32_t most)
{
	uint32_t n = 0;
	for (char *save, *w = strtok_r(words, ",", &save); w != NULL; w = strtok_r(NULL, ",", &save)) {
		if (n == most)
			argp_failure(state, 2, 0, "more than %u words", most);
		to[n++] = w;
	}
	return n;
}

static uint32_t numbers(struct argp_state *state, char *words, uint32_t *to, uint32_t limit)
{
	const char *word[OPTIONS_COUNTS];
	uint32_t n = split(state, words, word, OPTIONS_COUNTS);
	for (uint32_t i = 0; i < n; i++)
		to[i] = (uint32_t)need_number(state, word[i], limit);
	return n;
}

static void print_names(void)
{
	const char *name;
	for (uint32_t i = 0; (name = client_strategy_nth(i)) != NULL; i++)
		printf("strategy\t%s\n", name);
	const struct client_program *k;
	for (uint32_t i = 0; (k = client_kernel_nth(i)) != NULL; i++)
		printf("kernel\t%s\t%s\n", k->name, k->what);
	exit(0);
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case KEY_HOLD:
		o->hold_ns = (uint32_t)need_number(state, arg, 1000000);
		return 0;
	case KEY_THINK:
		o->think_ns = (uint32_t)need_number(state, arg, 1000000);
		return 0;
	case KEY_FIXED:
		o->drawn = false;
		return 0;
	case KEY_MS:
		o->ms = (uint32_t)need_number(state, arg, 4000);
		return 0;
	case KEY_INSTRUCTIONS:
		o->instructions = (double)need_number(state, arg, 1000000);
		return 0;
	case KEY_LENGTH:
		o->length_us = need_number(state, arg, 1000000);
		return 0;
	case KEY_SEED:
		o->seed = need_number(state, arg, UINT32_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum options_fill need_fill(struct argp_state *state, const char *word)
{
	static const char *const fills[] = {"cores", "neighbours", "scatter"};
	for (enum options_fill fill = OPTIONS_CORES; fill <= OPTIONS_SCATTER; fill++)
		if (strcmp(word, fills[fill]) == 0)
			return fill;
	argp_failure(state, 2, 0, "'%s' is not cores, neighbours or scatter", word);
	return OPTIONS_CORES;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'm':
		machine_path = arg;
		return 0;
	case KEY_SET:
		if (set_count == 64)
			argp_failure(state, 2, 0, "more than 64 figures");
		sets[set_count++] = arg;
		return 0;
	case KEY_PRINT:
		o->print = true;
		return 0;
	case KEY_PLACES:
		o->places = true;
		return 0;
	case KEY_LIST:
		print_names();
		return 0;
	case 'S':
		o->program_count = split(state, arg, o->program, OPTIONS_PROGRAMS);
		return 0;
	case 't':
		o->thread_count = numbers(state, arg, o->threads, SIM_THREADS);
		return 0;
	case KEY_CPUS:
		cpu_text = arg;
		return 0;
	case KEY_FILL:
		o->fill = need_fill(state, arg);
		return 0;
	case ARGP_KEY_END:
		if (machine_path == NULL || (o->program_count == 0 && !o->print && !o->places))
			argp_failure(state, 2, 0, "--machine and --program are needed; see --help");
		return 0;
	default:
		return parse_load(key, arg, state);
	}
}

/* The index of the CPU of that number. */
static bool find_cpu(uint32_t number, uint32_t *index)
{
	for (*index = 0; *index < machine.cpus; ++*index)
		if (machine.place[*index].number == number)
			return true;
	fprintf(stderr, "extram-model: --cpus: the machine has no CPU %u\n", number);
	return false;
}

static bool read_cpus(struct options *o)
{
	for (const char *at = cpu_text; at != NULL && *at != '\0'; at += *at == ',') {
		char *end;
		unsigned long number = strtoul(at, &end, 10);
		if (end == at || (*end != ',' && *end != '\0') || o->cpu_count == SIM_THREADS) {
			fprintf(stderr, "extram-model: --cpus %s: numbers of CPUs, with commas\n", cpu_text);
			return false;
		}
		if (!find_cpu((uint32_t)number, &o->cpu[o->cpu_count++]))
			return false;
		at = end;
	}
	return true;
}

bool options_parse(struct options *o, int argc, char **argv)
{
	static const struct argp argp = {argp_options, parse, NULL, doc, NULL, NULL, NULL};
	*o = (struct options){.thread_count = 1, .threads = {1}, .drawn = true, .seed = 1, .length_us = 400, .instructions = -1};
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, o) != 0 || !machine_read(machine_path))
		return false;
	for (uint32_t i = 0; i < set_count; i++)
		if (!machine_set(sets[i]))
			return false;
	for (uint32_t i = 0; i < o->thread_count; i++)
		if (o->threads[i] == 0) {
			fprintf(stderr, "extram-model: --threads 0: 1 to %d\n", SIM_THREADS);
			return false;
		}
	return read_cpus(o);
}

static bool find_kernel(const char *name, struct client_program *program)
{
	const struct client_program *k;
	for (uint32_t i = 0; (k = client_kernel_nth(i)) != NULL; i++)
		if (strcmp(k->name, name) == 0) {
			*program = *k;
			return true;
		}
	return false;
}

bool options_program(const struct options *o, uint32_t p, struct client_program *program)
{
	static const char kernel[] = "kernel:", strategy[] = "strategy:";
	const char *name = o->program[p];
	if (strncmp(name, kernel, strlen(kernel)) == 0       ? find_kernel(name + strlen(kernel), program)
	    : strncmp(name, strategy, strlen(strategy)) == 0 ? client_strategy(name + strlen(strategy), program)
							     : find_kernel(name, program) || client_strategy(name, program))
		return true;
	fprintf(stderr, "extram-model: no strategy or kernel '%s'; see --list\n", name);
	return false;
}

/* The rank of a place among those of its core or package: 0 is the first. */
static uint32_t rank_in(uint32_t index, bool core)
{
	const struct machine_place *p = machine.place;
	uint32_t rank = 0;
	for (uint32_t i = 0; i < index; i++)
		rank += core ? p[i].core == p[index].core : p[i].package == p[index].package;
	return rank;
}

static const enum options_fill *sorted_by;

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t sibling_x = rank_in(x, true), sibling_y = rank_in(y, true);
	if (*sorted_by != OPTIONS_NEIGHBOURS && sibling_x != sibling_y)
		return sibling_x < sibling_y ? -1 : 1;
	uint32_t rank_x = rank_in(x, false), rank_y = rank_in(y, false);
	if (*sorted_by == OPTIONS_SCATTER && rank_x != rank_y)
		return rank_x < rank_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

void options_order(const struct options *o, uint32_t order[MACHINE_CPUS])
{
	for (uint32_t i = 0; i < machine.cpus; i++)
		order[i] = i;
	sorted_by = &o->fill;
	qsort(order, machine.cpus, sizeof(order[0]), compare);
}
