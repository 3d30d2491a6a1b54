/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The system calls that measuring needs. If a seccomp filter refuses one, the numbers would be
 * wrong.
 */
#ifndef BENCH_SYSCALLS_H
#define BENCH_SYSCALLS_H

#include <stdbool.h>

/*
 * Tries each of them once, with arguments that change nothing. Skips futex, since the C library
 * aborts without it. Thread-safe. False: one is refused; the cause was printed.
 */
bool syscalls_ask(void);

#endif
