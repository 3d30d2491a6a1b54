/* SPDX-License-Identifier: BSD-3-Clause */
/* What the threads of stress.c do. */
#ifndef STRESS_H
#define STRESS_H

#include "harness.h"

#define STRESS_BOXES 2
#define STRESS_PHASES 7 /* of stress.c */
#define STRESS_WITHIN 4 /* options.within, unless asked for otherwise */

struct options {
	const struct extram_strategy *s;
	unsigned threads;
	uint64_t pairs;
	unsigned seconds;   /* length of a phase; 0: a phase ends after `pairs` */
	unsigned within;    /* seconds after which a phase counted in pairs ends; 0: never */
	uint64_t least;     /* the least number of pairs to make, whatever the time */
	const char *phase;  /* run this phase alone; NULL: all. main knows the phases */
	const char *record; /* or NULL */
};

/* options.c. PARSED_BAD: the cause has been printed. */
enum parsed { PARSED, PARSED_HELP, PARSED_BAD };
enum parsed options_parse(struct options *o, int argc, char **argv);

/* A phase that found nothing wrong. */
struct phase_done {
	const char *name, *variant;
	unsigned threads;
	uint32_t ms;    /* ms of the list; for refill, the most that it could have */
	uint64_t pairs; /* pairs of a get that found an m and a put, of all threads */
	double seconds; /* by the wall clock */
};

/* record.c: opens the file to which each row is written at once and whole. False: the cause
 * has been printed. */
bool record_open(const char *path);
void record_phase(const struct extram_strategy *s, const struct phase_done *p);

/* All rows, as comments of TAP. */
void record_print(void);

/* One phase: threads on one list. */
struct job {
	struct fixture f;
	uint64_t gets;        /* gets of each thread */
	uint64_t least;       /* how many of them before it reads stop */
	bool all_on_one_cpu;  /* all threads run on one CPU and stay there */
	_Atomic bool stop;    /* time is up */
	_Atomic uint64_t got; /* ms got by all threads that have ended */
	struct crew_gate gate;
	/* ms on the way from one owner to another, not on the list */
	struct payload_m *_Atomic box[STRESS_BOXES];
	/* stress_refill only */
	_Atomic uint32_t made;
	bool over;
};

/* Holds up to a few ms; takes, gives, hands over, and moves between CPUs. Waits for an m only if it
 * has none. */
void stress_mixed(struct worker *w);

/* Only get, get, put, put. */
void stress_two(struct worker *w);

/* Only get, waiting, and put. */
void stress_waiting(struct worker *w);

/* Each round starts with one m and needs one for each thread at once. A thread that empties the
 * list, or sees waiters, makes new ones. It admits them beside the others' gets and puts. */
void stress_refill(struct worker *w);

#endif
