/* SPDX-License-Identifier: BSD-3-Clause */
/* What lasting.c makes of the calls of events.h. One of main thread and helper runs at a time. */
#ifndef HOOKS_H
#define HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#define HOOKS_ROUNDS 70 /* of waiting before a get is served: more than a long has bits */

enum hooks_event { HOOKS_NOTHING, HOOKS_WAIT, HOOKS_FENCE };

/* No get may ask for a longer sleep. */
void hooks_limit_sleep(long us);

/* From now on, until hooks_end, gets of that thread wait without sleeping. After HOOKS_ROUNDS
 * rounds the helper serves the main thread's get; the helper's own get stops the helper. */
void hooks_wait_begins(bool helper, void (*serve)(void));

/* From now on the helper stops before each barrier that it makes. */
void hooks_fences_begin(void);

void hooks_end(void);

/* While the helper stands before a barrier, the main thread makes a pair, which the helper may hold
 * up; then the helper goes on. True: the helper's job is done. */
bool hooks_pair_in_fence(void (*pair)(void));

/* Says what is wrong, and ends the program. */
_Noreturn void hooks_fail(const char *what);

#endif
