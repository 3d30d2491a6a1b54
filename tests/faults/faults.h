/* SPDX-License-Identifier: BSD-3-Clause */
/* The tests that faults.c lists. Each takes the strategy as *state. */
#ifndef FAULTS_H
#define FAULTS_H

#include "extram.h"

/*
 * The number of threads of the test that needs many; strategies that are EXTRAM_FIFO get fewer. The
 * numbers of forks, signals and stops in the other tests follow it, so that a slow checker can be
 * given less of everything.
 */
extern unsigned faults_threads;

/* faults_threads.c */
void faults_die_with_m(void **state);
void faults_leave_without_a_word(void **state);
bool faults_may_leave(const struct extram_strategy *s);
void faults_more_threads(void **state);

/* faults_fork.c */
void faults_fork(void **state);
void faults_fork_at_rest(void **state);

/* faults_signals.c */
void faults_storm(void **state);
void faults_moved(void **state);
void faults_frozen(void **state);
bool faults_may_freeze(const struct extram_strategy *s);

#endif
