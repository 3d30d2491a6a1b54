/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second thread that runs when it is told to. Of it and the main thread only one runs, but after
 * helper_let_go. A build without restartable sequences can have no other threads inside its
 * sections.
 */
#ifndef HELPER_H
#define HELPER_H

#include <stdbool.h>

/* Call it before counted_start, or the C library would register the thread with the kernel. False:
 * no thread could be started. */
bool helper_start(void);

/* Reports whether the calling thread is the helper. */
bool helper_here(void);

/* For the main thread: the helper does the job, or goes on with it. True: the job is done. False:
 * it has stopped in helper_stop. */
bool helper_does(void (*job)(void));
bool helper_goes_on(void);

/* The two halves of helper_goes_on. Between them both threads run. */
void helper_let_go(void);
bool helper_await(void);

/* For the helper: stops until it may go on. */
void helper_stop(void);

#endif
