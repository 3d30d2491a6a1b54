/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The functions that the compiler calls for -fsanitize=thread, here without its library: every
 * atomic access with its order, and every plain one.
 *
 * gcc tells weak exchanges from strong ones; clang does not (it calls _val for both), so under it
 * none fails for nothing. Of 128-bit atomics only the exchange is here, of two words that are
 * loaded one by one.
 */
#include "machine.h"

#define HERE .site = __builtin_return_address(0)

static uint64_t computed(const struct sim_access *a)
{
	uint64_t old = a->found[0], operand = a->operand[0];
	switch (a->kind) {
	case SIM_ADD:
		return old + operand;
	case SIM_SUB:
		return old - operand;
	case SIM_AND:
		return old & operand;
	case SIM_OR:
		return old | operand;
	case SIM_XOR:
		return old ^ operand;
	case SIM_NAND:
		return ~(old & operand);
	default:
		return operand;
	}
}

void sim_perform(struct sim_access *a)
{
	volatile char *p = a->address;
	unsigned half = a->size > 8 ? 8 : a->size;
	bool cas = a->kind == SIM_CAS || a->kind == SIM_CAS_WEAK;
	if (p == NULL)
		return;
	a->found[0] = sim_peek(p, half);
	a->found[1] = a->size > 8 ? sim_peek(p + 8, 8) : 0;
	a->done = cas && a->found[0] == a->expected[0] && a->found[1] == a->expected[1];
	if (a->kind == SIM_LOAD || a->kind == SIM_FUTEX_READ || (cas && !a->done))
		return;
	sim_poke(p, half, computed(a));
	if (a->size > 8)
		sim_poke(p + 8, 8, a->operand[1]);
}

static bool alone(const struct sim_access *a)
{
	return sim_self == NULL || storage_local(a->address);
}

void machine_access_now(struct sim_access *a)
{
	if (alone(a))
		sim_perform(a);
	else
		driver_access(a);
}

void machine_access(struct sim_access *a)
{
	if (alone(a)) {
		sim_perform(a);
		return;
	}
	signals_arrive();
	sim_turn(SIM_STEP, 0);
	driver_access(a);
}

static void plain(const volatile void *p, unsigned bytes, bool write, const void *site)
{
	if (sim_self != NULL && !storage_local(p) && !fibers_on_stack(p))
		driver_plain(p, bytes, write, site);
}

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
	machine_access(&(struct sim_access){.kind = SIM_FENCE, .order = order, HERE});
}

/* Between a thread and its own signal handlers. No other thread can observe it. */
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	signals_arrive();
}

#define PLAIN(name, bytes, write)                                                                                                          \
	void __tsan_##name(void *p);                                                                                                       \
	void __tsan_##name(void *p)                                                                                                        \
	{                                                                                                                                  \
		plain(p, (bytes), (write), __builtin_return_address(0));                                                                   \
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
	plain(p, (unsigned)bytes, false, __builtin_return_address(0));
}

void __tsan_write_range(void *p, unsigned long bytes);
void __tsan_write_range(void *p, unsigned long bytes)
{
	plain(p, (unsigned)bytes, true, __builtin_return_address(0));
}

#define RMW(bits, name, what)                                                                                                              \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t v, int order);                              \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t v, int order)                               \
	{                                                                                                                                  \
		struct sim_access a = {.kind = (what), .size = (bits) / 8, .address = p, .order = order, .operand = {v}, HERE};            \
		machine_access(&a);                                                                                                        \
		return (uint##bits##_t)a.found[0];                                                                                         \
	}

/* The parameters are the compiler's: c is what is expected, o and f the orders of success and
 * failure. */
#define EXCHANGE(bits, name, what)                                                                                                         \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p, uint##bits##_t *c, uint##bits##_t v, int o, int f);  \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p, uint##bits##_t *c, uint##bits##_t v, int o, int f)   \
	{                                                                                                                                  \
		CAS(bits, what, *c);                                                                                                       \
		*c = (uint##bits##_t)a.found[0];                                                                                           \
		return a.done;                                                                                                             \
	}

#define CAS(bits, what, expects)                                                                                                           \
	struct sim_access a = {                                                                                                            \
	    .kind = (what), .size = (bits) / 8, .address = p, .order = o, .failure = f, .operand = {v}, .expected = {expects}, HERE};      \
	machine_access(&a)

#define ATOMICS(bits)                                                                                                                      \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order);                                            \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order)                                             \
	{                                                                                                                                  \
		struct sim_access a = {.kind = SIM_LOAD, .size = (bits) / 8, .address = (volatile void *)p, .order = order, HERE};         \
		machine_access(&a);                                                                                                        \
		return (uint##bits##_t)a.found[0];                                                                                         \
	}                                                                                                                                  \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order);                                         \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order)                                          \
	{                                                                                                                                  \
		machine_access(                                                                                                            \
		    &(struct sim_access){.kind = SIM_STORE, .size = (bits) / 8, .address = p, .order = order, .operand = {v}, HERE});      \
	}                                                                                                                                  \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p, uint##bits##_t c, uint##bits##_t v, int o,   \
								  int f);                                                                  \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p, uint##bits##_t c, uint##bits##_t v, int o,   \
								  int f)                                                                   \
	{                                                                                                                                  \
		CAS(bits, SIM_CAS, c);                                                                                                     \
		return (uint##bits##_t)a.found[0];                                                                                         \
	}                                                                                                                                  \
	EXCHANGE(bits, strong, SIM_CAS)                                                                                                    \
	EXCHANGE(bits, weak, SIM_CAS_WEAK)                                                                                                 \
	RMW(bits, exchange, SIM_EXCHANGE)                                                                                                  \
	RMW(bits, fetch_add, SIM_ADD)                                                                                                      \
	RMW(bits, fetch_sub, SIM_SUB)                                                                                                      \
	RMW(bits, fetch_and, SIM_AND)                                                                                                      \
	RMW(bits, fetch_or, SIM_OR)                                                                                                        \
	RMW(bits, fetch_xor, SIM_XOR)                                                                                                      \
	RMW(bits, fetch_nand, SIM_NAND)

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

int __tsan_atomic128_compare_exchange_strong(volatile void *p, uint64_t *c, unsigned __int128 v, int o, int f);
int __tsan_atomic128_compare_exchange_strong(volatile void *p, uint64_t *c, unsigned __int128 v, int o, int f)
{
	struct sim_access a = {.kind = SIM_CAS, .size = 16, .address = p, .order = o, .failure = f, HERE};
	memcpy(a.operand, &v, 16);
	memcpy(a.expected, c, 16);
	machine_access(&a);
	memcpy(c, a.found, 16);
	return a.done;
}
