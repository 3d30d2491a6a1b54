/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions that the compiler calls for -fsanitize=thread, here without its library: every
 * atomic access with its order, and every plain one.
 *
 * gcc tells weak exchanges from strong ones; clang does not (it calls _val for both), so under it
 * none fails for nothing. Of 128-bit atomics only the exchange is here, of two words that are
 * loaded one by one.
 */
#include <stdbool.h>
#include <stdint.h>

#include "hooks.h"
#include "cpus.h"
#include "memory.h"
#include "race.h"
#include "fibers.h"

#define HERE __builtin_return_address(0)

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	memory_fence(order);
}

/* Between a thread and its own signal handlers. No other thread can observe it. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

#define PLAIN(name, bytes, write)                                                                                                          \
	void __tsan_##name(void *p);                                                                                                       \
	void __tsan_##name(void *p)                                                                                                        \
	{                                                                                                                                  \
		race_plain(p, (bytes), (write), HERE);                                                                                     \
	}

#define PLAINS(bytes)                                                                                                                      \
	PLAIN(read##bytes, bytes, false)                                                                                                   \
	PLAIN(write##bytes, bytes, true)                                                                                                   \
	PLAIN(unaligned_read##bytes, bytes, false)                                                                                         \
	PLAIN(unaligned_write##bytes, bytes, true)                                                                                         \
	PLAIN(volatile_read##bytes, bytes, false)                                                                                          \
	PLAIN(volatile_write##bytes, bytes, true)

PLAINS(1)
PLAINS(2)
PLAINS(4)
PLAINS(8)
PLAINS(16)

void __tsan_read_range(void *p, unsigned long bytes);
void __tsan_read_range(void *p, unsigned long bytes)
{
	race_plain(p, (unsigned)bytes, false, HERE);
}

void __tsan_write_range(void *p, unsigned long bytes);
void __tsan_write_range(void *p, unsigned long bytes)
{
	race_plain(p, (unsigned)bytes, true, HERE);
}

#define RMW(bits, name, op)                                                                                                                \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t v, int order);                              \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t v, int order)                               \
	{                                                                                                                                  \
		return (uint##bits##_t)memory_rmw(p, (bits) / 8, (op), v, order, HERE);                                                    \
	}

#define CAS(bits, name, weak)                                                                                                              \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p, uint##bits##_t *c, uint##bits##_t v, int o, int f);  \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p, uint##bits##_t *c, uint##bits##_t v, int o, int f)   \
	{                                                                                                                                  \
		bool done;                                                                                                                 \
		*c = (uint##bits##_t)memory_cas(p, (bits) / 8, *c, v, (weak), o, f, &done, HERE);                                          \
		return done;                                                                                                               \
	}

#define ATOMICS(bits)                                                                                                                      \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order);                                            \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order)                                             \
	{                                                                                                                                  \
		return (uint##bits##_t)memory_load(p, (bits) / 8, order, HERE);                                                            \
	}                                                                                                                                  \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order);                                         \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order)                                          \
	{                                                                                                                                  \
		memory_store(p, (bits) / 8, v, order, HERE);                                                                               \
	}                                                                                                                                  \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p, uint##bits##_t c, uint##bits##_t v, int o,   \
								  int f);                                                                  \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p, uint##bits##_t c, uint##bits##_t v, int o,   \
								  int f)                                                                   \
	{                                                                                                                                  \
		bool done;                                                                                                                 \
		return (uint##bits##_t)memory_cas(p, (bits) / 8, c, v, false, o, f, &done, HERE);                                          \
	}                                                                                                                                  \
	CAS(bits, strong, false)                                                                                                           \
	CAS(bits, weak, true)                                                                                                              \
	RMW(bits, exchange, MEMORY_XCHG)                                                                                                   \
	RMW(bits, fetch_add, MEMORY_ADD)                                                                                                   \
	RMW(bits, fetch_sub, MEMORY_SUB)                                                                                                   \
	RMW(bits, fetch_and, MEMORY_AND)                                                                                                   \
	RMW(bits, fetch_or, MEMORY_OR)                                                                                                     \
	RMW(bits, fetch_xor, MEMORY_XOR)                                                                                                   \
	RMW(bits, fetch_nand, MEMORY_NAND)

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

int __tsan_atomic128_compare_exchange_strong(volatile void *p, void *expected, unsigned __int128 value, int order, int failure);
int __tsan_atomic128_compare_exchange_strong(volatile void *p, void *expected, unsigned __int128 value, int order, int failure)
{
	const uint64_t words[2] = {(uint64_t)value, (uint64_t)(value >> 64)};
	return memory_cas_pair(p, expected, words, order, failure, HERE);
}

void hooks_yield(void)
{
	if (fibers_self == NULL)
		fibers_fail("a thread waits for ever after all others have left");
	fibers_pause();
}

unsigned hooks_cpu(void)
{
	cpus_disturb();
	return (unsigned)cpus_self();
}

void hooks_usleep(long us)
{
	(void)us;
	hooks_yield();
}
