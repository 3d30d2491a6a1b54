/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress.h"

static const char usage[] =
    "usage: stress STRATEGY [--threads T] [--pairs N [--within S] | --seconds S | --minutes M] [--phase NAME]\n"
    "              [--least N] [--record FILE.csv]\n"
    "  --threads T   threads of each phase, 2 or more (twice the CPUs, at least 4)\n"
    "  --pairs N     about N pairs of get and put in most phases (1000000)\n"
    "  --within S    end a phase by pairs after so long, whatever is left (never with --pairs, else after 4 s)\n"
    "  --least N     make N of the pairs at least, whatever the time (0): the deadline below still holds\n"
    "  --seconds S   for each phase so long instead\n"
    "  --minutes M   for all phases together so long instead, each the same\n"
    "  --phase NAME  this phase alone: mixed, few, two_by_two, one_cpu, one_short, single or refill\n"
    "  --record F    add a row for each finished phase to the CSV file F\n"
    "A single operation may take EXTRAM_TEST_DEADLINE seconds (an environment variable, 60), a phase by pairs four times that.\n";

struct range {
	uint64_t least, most;
};

/* Reads a whole number of the range. False: the cause has been printed. */
static bool number(const char *name, const char *text, struct range range, uint64_t *value)
{
	char *end;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
		fprintf(stderr, "stress: --%s '%s': not a whole number\n", name, text);
		return false;
	}
	if (*value >= range.least && *value <= range.most)
		return true;
	fprintf(stderr, "stress: --%s %s: at least %llu and at most %llu\n", name, text, (unsigned long long)range.least,
		(unsigned long long)range.most);
	return false;
}

static bool find(struct options *o, int argc, char **argv)
{
	if (argc != optind + 1) {
		fprintf(stderr, "stress: one strategy is to be named; --help says more\n");
		return false;
	}
	o->s = extram_find(argv[optind]);
	if (o->s == NULL)
		fprintf(stderr, "stress: no strategy '%s'\n", argv[optind]);
	return o->s != NULL;
}

static bool one(struct options *o, int c, const char *name)
{
	uint64_t value = 0;
	bool ok = true;
	switch (c) {
	case 't':
		ok = number(name, optarg, (struct range){2, CREW_MAX}, &value);
		o->threads = (unsigned)value;
		return ok;
	case 'p':
		/* Small enough that what a phase multiplies it by stays below 2^64. */
		return number(name, optarg, (struct range){1, UINT64_MAX / 1000}, &o->pairs);
	case 'w':
		ok = number(name, optarg, (struct range){1, INT_MAX}, &value);
		o->within = (unsigned)value;
		return ok;
	case 'l':
		return number(name, optarg, (struct range){0, UINT64_MAX / 1000}, &o->least);
	case 's':
		ok = number(name, optarg, (struct range){1, INT_MAX}, &value);
		o->seconds = (unsigned)value;
		return ok;
	case 'm':
		ok = number(name, optarg, (struct range){1, INT_MAX / 60}, &value);
		o->seconds = ((unsigned)value * 60 + STRESS_PHASES - 1) / STRESS_PHASES;
		return ok;
	case 'f':
		o->phase = optarg;
		return true;
	case 'r':
		o->record = optarg;
		return true;
	default:
		return false; /* getopt has printed the reason */
	}
}

/* Sets what the command line left out. If it sets pairs, all of them are made. */
static void fill(struct options *o)
{
	if (o->pairs == 0 && o->within == 0)
		o->within = STRESS_WITHIN;
	if (o->pairs == 0)
		o->pairs = 1000000;
}

enum parsed options_parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
	    {"threads", required_argument, NULL, 't'}, {"pairs", required_argument, NULL, 'p'},
	    {"within", required_argument, NULL, 'w'},  {"seconds", required_argument, NULL, 's'},
	    {"minutes", required_argument, NULL, 'm'}, {"record", required_argument, NULL, 'r'},
	    {"least", required_argument, NULL, 'l'},   {"phase", required_argument, NULL, 'f'},
	    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int at = 0;
	*o = (struct options){.threads = crew_size()};
	for (int c; (c = getopt_long(argc, argv, "", longs, &at)) != -1;) {
		if (c == 'h') {
			fputs(usage, stdout);
			return PARSED_HELP;
		}
		if (!one(o, c, longs[at].name))
			return PARSED_BAD;
	}
	fill(o);
	if (o->least > o->pairs) {
		fprintf(stderr, "stress: --least %llu is more than --pairs %llu\n", (unsigned long long)o->least,
			(unsigned long long)o->pairs);
		return PARSED_BAD;
	}
	return find(o, argc, argv) ? PARSED : PARSED_BAD;
}
