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
	unsigned seconds;   /* of a phase; 0: by pairs */
	unsigned within;    /* seconds after which a phase by pairs is ended; 0: never */
	uint64_t least;     /* of the pairs: so many are made whatever the time */
	const char *phase;  /* this one alone, or NULL for all; main knows which there are */
	const char *record; /* or NULL */
};

/* stress_options.c. If they are bad, the cause has been printed. */
enum parsed { PARSED, PARSED_HELP, PARSED_BAD };
enum parsed options_parse(struct options *o, int argc, char **argv);

/* A phase that found nothing wrong. */
struct phase_done {
	const char *name, *variant;
	unsigned threads;
	uint32_t ms;    /* that the list had; for refill, those that it could have */
	uint64_t pairs; /* of a get that found an m and a put, over all threads */
	double seconds; /* by the wall clock */
};

/* stress_record.c: opens the file to which each row goes at once, whole. False: the cause has been printed. */
bool record_open(const char *path);
void record_phase(const struct extram_strategy *s, const struct phase_done *p);

/* All rows, as comments of TAP. */
void record_print(void);

/* One phase: threads on one list. */
struct job {
	struct fixture f;
	uint64_t gets;        /* to be done by each thread */
	uint64_t least;       /* of these, before it looks at stop */
	bool all_on_one_cpu;  /* and stay there */
	_Atomic bool stop;    /* time is up */
	_Atomic uint64_t got; /* ms, by all threads that have ended */
	struct crew_gate gate;
	/* ms between two owners that are not on the list */
	struct payload_m *_Atomic box[STRESS_BOXES];
	/* stress_refill only */
	_Atomic uint32_t made;
	bool over;
};

/* Holds up to a few ms, takes, gives, hands over, moves between CPUs. Waits for an m only when it has none. */
void stress_mixed(struct worker *w);

/* Nothing but get, get, put, put. */
void stress_two(struct worker *w);

/* Nothing but get, waiting, and put. */
void stress_waiting(struct worker *w);

/* Rounds that start with one m and need one for each thread at once; who empties the list, or sees waiters, makes new ones. */
void stress_refill(struct worker *w);

#endif
