/* SPDX-License-Identifier: BSD-3-Clause */
/* System calls that measuring needs. A filter (seccomp) that refuses one would make the numbers those of something else. */
#ifndef BENCH_SYSCALLS_H
#define BENCH_SYSCALLS_H

#include <stdbool.h>

/* Makes each of them once, with arguments that change nothing; futex is left to the C library, which ends a process without it. Any thread.
 * False: one is refused, and the cause was printed. */
bool syscalls_ask(void);

#endif
