/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a callback meets of a runtime's scheduler: it may run in the runtime only with a processor, of which there are few. The model is
 * Go's proc.go at commit 77b1f23a:
 *
 *   - who comes into the runtime (exitsyscall) takes back the processor that it left, or an idle one, or sleeps until it is given one;
 *   - who goes out to C (entersyscall) leaves its processor behind, which stays its own until somebody takes it away;
 *   - the monitor (sysmon) takes it away: it looks every 20 us, after 50 looks for nothing twice as late each time, up to 10 ms; it sleeps
 *     deeply while all are idle. It takes a processor that stood in C at its last look too, at once if somebody wants one or none is idle,
 *     else after 10 ms;
 *   - such a processor goes to a thread of the runtime's own (handoffp), which passes it on to whoever has waited longest.
 *
 * Not modelled: queues of each processor's own, and what else a runtime runs: here there are callbacks alone.
 */
#ifndef BENCH_PROCESSORS_H
#define BENCH_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

struct processor;
struct processors;

/* Makes so many, all idle, and the threads of the runtime's own, bound nowhere. NULL: the cause was printed, nothing was made. */
struct processors *processors_new(uint32_t count);

/* Ends those threads. When no other thread is in the runtime or will come. */
void processors_free(struct processors *all);

/* The ith. */
struct processor *processors_at(struct processors *all, uint32_t i);

/*
 * Into the runtime: returns the caller's processor. Any thread, in parallel; sleeps while there is none. Old: the one that the caller had,
 * or NULL. Go: exitsyscall.
 */
struct processor *processors_exitsyscall(struct processors *all, struct processor *old);

/* Out to C. The caller's own processor, which may be taken away from now on. Never blocks for others. Go: entersyscall. */
void processors_entersyscall(struct processor *p);

#endif
