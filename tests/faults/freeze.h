/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads on one list. One of them can be stopped anywhere, by a signal whose handler does not
 * return. */
#ifndef FREEZE_H
#define FREEZE_H

#include "harness.h"

struct freeze {
	struct fixture f;
	struct worker *crew;    /* rank 0 is the thread that freezes */
	_Atomic bool cold;      /* it has stopped */
	_Atomic bool thaw;      /* it may go on */
	_Atomic bool stop;      /* all may end */
	_Atomic bool timed;     /* the others measure what they do */
	_Atomic uint64_t worst; /* ns: the others' longest operation since it was set to 0 */
};

/* Runs alone: a process has one freeze at a time. */
void freeze_start(struct freeze *z, const struct extram_strategy *s, unsigned threads, bool timed);
void freeze_end(struct freeze *z);

/* Stops the thread at some instruction. Returns once it has stopped. */
void freeze_now(struct freeze *z, struct worker *w);
void freeze_thaw(struct freeze *z);

/* Notes what each of the other threads has done. Then returns what the slowest one, and all
 * together, have done since. */
void freeze_note(struct freeze *z, uint64_t *since);
uint64_t freeze_least_done(struct freeze *z, const uint64_t *since);
uint64_t freeze_all_done(struct freeze *z, const uint64_t *since);

#endif
