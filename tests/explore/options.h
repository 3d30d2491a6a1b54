/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "extram.h"
#include "search.h"
#include "world.h"

struct options {
	const struct extram_strategy *strategy; /* NULL: all */
	const struct client *client;            /* NULL: all */
	bool waiting;                           /* only clients in which a get may have to wait */
	struct search_options search;
	double seconds;     /* for a strategy and client; 0: no limit */
	uint64_t schedules; /* the same */
	uint64_t least;     /* the least number of schedules, for which time is extended; fewer fail, unless the bounds allow no more */
	bool list, list_tsv;
};

/* Ends the program with status 2 on bad usage. */
void options_parse(struct options *options, int argc, char **argv);

#endif
