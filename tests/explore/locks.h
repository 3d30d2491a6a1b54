/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions themselves are in hooks.h. */
#ifndef LOCKS_H
#define LOCKS_H

/* Makes all mutexes free. No thread waits. */
void locks_reset(void);

#endif
