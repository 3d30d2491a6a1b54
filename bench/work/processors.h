/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of a runtime's scheduler that a callback uses. A callback needs a processor to run in
 * the runtime, and there are few of them. The model follows Go's proc.go at commit 77b1f23a:
 *
 *   - exitsyscall: a thread that enters the runtime takes back the processor it left, or an idle
 *     one, or sleeps until it gets one;
 *   - entersyscall: a thread that returns to C leaves its processor behind. The processor stays
 *     reserved for it until the monitor retakes it;
 *   - sysmon: the monitor retakes processors. It polls every 20 us; after 50 polls without a find,
 *     the interval doubles each time, up to 10 ms. It sleeps until woken while all processors are
 *     idle. It retakes a processor that was left in C at two polls in a row: at once if a thread
 *     waits for one or none is idle, otherwise after 10 ms;
 *   - handoffp: a retaken processor goes to a thread of the runtime, which hands it to the thread
 *     that has waited longest.
 *
 * Not modelled: run queues, and any work of the runtime other than callbacks.
 */
#ifndef BENCH_PROCESSORS_H
#define BENCH_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

struct processor;
struct processors;

/*
 * Makes idle processors and the runtime's own threads, which are not bound to CPUs. NULL: the cause
 * was printed and nothing was made.
 */
struct processors *processors_new(uint32_t count);

/* Ends those threads and frees everything. No other thread may be in the runtime or enter it. */
void processors_free(struct processors *all);

/* The processor with index i. */
struct processor *processors_at(struct processors *all, uint32_t i);

/*
 * Enters the runtime and returns the caller's processor. Sleeps until there is one. old is the
 * processor that the caller had before, or NULL. Thread-safe. Go: exitsyscall.
 */
struct processor *processors_exitsyscall(struct processors *all, struct processor *old);

/*
 * Returns to C. p is the caller's processor; it may be retaken afterwards. Never blocks. Go:
 * entersyscall.
 */
void processors_entersyscall(struct processor *p);

#endif
