/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Atomic memory as C11 has it: each location keeps its stores, and a load may return an old one.
 *
 * What is modelled
 *   - Coherence, and happens-before through it: a load never looks behind the newest store that happens before it, nor behind one
 *     that it, or anything that happens before it, has read or written. (Views: struct clock.)
 *   - release and acquire, on stores, loads, read-modify-writes and fences, and the release sequence.
 *   - Read-modify-writes read the newest store. A compare-exchange that fails is a load of any store that it may see, other than of
 *     the expected value.
 *   - seq_cst: the total order is the order in which the explorer runs the operations. A seq_cst load does not look behind the newest
 *     seq_cst store of its location, nor behind what a seq_cst load of it has read; seq_cst fences hand on what their threads may not
 *     look behind. That is the order of C++20, which is stronger than C11's in one point (coherence counts between seq_cst loads).
 *
 * Where it differs from C11
 *   - The modification order of a location is the order in which its stores are run: a store never slips in before an older one.
 *   - A load returns a store that has been run: no load is served from the future (load buffering).
 *   - A release sequence goes on through read-modify-writes alone, as in C++20; C11 adds the later stores of the same thread. So what
 *     relies on those is reported.
 *   - consume is acquire. The last MEMORY_STORES stores of a location can be read, older ones not.
 *   - An atomic location is known by its address; accesses of another size at the same address see the same location.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_STORES 16

enum memory_op { MEMORY_XCHG, MEMORY_ADD, MEMORY_SUB, MEMORY_AND, MEMORY_OR, MEMORY_XOR, MEMORY_NAND };

/* Forgets all locations. The value in memory is then the first store of each, and happens before
 * everything. */
void memory_reset(void);

/* Orders are memory_order_*; size is in bytes, 1 to 8. Each call is one step of the running thread;
 * it is a plain access if none runs. */
uint64_t memory_load(const volatile void *p, unsigned size, int order, const void *site);
void memory_store(volatile void *p, unsigned size, uint64_t value, int order, const void *site);
uint64_t memory_rmw(volatile void *p, unsigned size, enum memory_op op, uint64_t operand, int order, const void *site);

/* Returns the value found. *done: the exchange was made. Weak: it may fail although it found the
 * expected value. */
uint64_t memory_cas(volatile void *p, unsigned size, uint64_t expected, uint64_t value, bool weak, int order, int failure, bool *done,
		    const void *site);

/*
 * A strong exchange of two neighbouring 8-byte words, which are otherwise accessed one by one. In
 * one step it compares the newest stores of both and appends to both. It does not fail on old ones.
 * False: it failed, and expected has the values found.
 */
bool memory_cas_pair(volatile void *p, uint64_t expected[2], const uint64_t value[2], int order, int failure, const void *site);

void memory_fence(int order);

/* A step in which the kernel reads the newest store for the running thread. It orders nothing. */
uint64_t memory_newest(const volatile void *p, unsigned size, const void *site);

/*
 * membarrier: the caller makes a full fence, then these threads (a mask of numbers), then the
 * caller again. `whose` is called when the step has begun: until then other threads run, and may
 * come to that CPU.
 */
void memory_barrier(uint32_t (*whose)(int cpu), int cpu);

#endif
