/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small programs of which others measured curves: the same shapes, in C11. Each thread enters,
 * holds, leaves and thinks. Orders are those of the published locks; they cost nothing here.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "kernels.h"
#include "wait.h"

static KERNELS_APART _Atomic uint64_t word;

static void clear(void)
{
	atomic_init(&word, 0);
}

static void add(uint64_t n)
{
	atomic_fetch_add_explicit(&word, n, memory_order_relaxed); /* relaxed: a counter */
}

/* Of those that add and take away. */
static void check_sum(void)
{
	if (atomic_load_explicit(&word, memory_order_relaxed) != 0) /* relaxed: nobody writes it */
		client_fail("an add is lost");
}

static void cas_add(uint64_t n)
{
	/* relaxed: a counter */
	uint64_t value = atomic_load_explicit(&word, memory_order_relaxed);
	while (!atomic_compare_exchange_strong_explicit(&word, &value, value + n, memory_order_relaxed, memory_order_relaxed))
		;
}

/* The kernel's lib/lockref.c, CMPXCHG_LOOP: it pauses after a failure. */
static void lockref_add(uint64_t n)
{
	/* relaxed: a counter */
	uint64_t value = atomic_load_explicit(&word, memory_order_relaxed);
	while (!atomic_compare_exchange_strong_explicit(&word, &value, value + n, memory_order_relaxed, memory_order_relaxed))
		EXTRAM_PAUSE();
}

/* acquire in each lock, release in each unlock: they pair with each other. */
static void tas_lock(void)
{
	while (atomic_exchange_explicit(&word, 1, memory_order_acquire) != 0)
		EXTRAM_PAUSE();
}

static void tas_unlock(void)
{
	atomic_store_explicit(&word, 0, memory_order_release);
}

static void ttas_lock(void)
{
	while (atomic_exchange_explicit(&word, 1, memory_order_acquire) != 0)
		/* relaxed: the exchange acquires. */
		while (atomic_load_explicit(&word, memory_order_relaxed) != 0)
			EXTRAM_PAUSE();
}

/* The kernel's and lockhammer's: next in the upper half, now serving in the lower, in one line. */
static void ticket_lock(void)
{
	uint64_t turn = atomic_fetch_add_explicit(&word, UINT64_C(1) << 32, memory_order_acquire);
	_Atomic uint32_t *serving = (_Atomic uint32_t *)&word;
	while (atomic_load_explicit(serving, memory_order_acquire) != (uint32_t)(turn >> 32))
		EXTRAM_PAUSE();
}

static void ticket_unlock(void)
{
	_Atomic uint32_t *serving = (_Atomic uint32_t *)&word;
	/* relaxed load: only the holder writes it. */
	uint32_t now = atomic_load_explicit(serving, memory_order_relaxed);
	atomic_store_explicit(serving, now + 1, memory_order_release);
}

/* Drepper, "Futexes Are Tricky": 0 free, 1 locked, 2 locked and perhaps waited for. */
static void futex_lock(void)
{
	_Atomic uint32_t *w = (_Atomic uint32_t *)&word;
	uint32_t value = 0;
	if (atomic_compare_exchange_strong_explicit(w, &value, 1, memory_order_acquire, memory_order_acquire))
		return;
	while (atomic_exchange_explicit(w, 2, memory_order_acquire) != 0)
		EXTRAM_FUTEX_WAIT(w, 2);
}

static void futex_unlock(void)
{
	_Atomic uint32_t *w = (_Atomic uint32_t *)&word;
	if (atomic_exchange_explicit(w, 0, memory_order_release) == 2)
		EXTRAM_FUTEX_WAKE(w, 1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Two threads that hand a word to and fro by compare-and-swap, as core-to-core-latency does. An
 * operation is one way. */
static void ping_body(int id)
{
	while (client_more()) {
		uint64_t mine = (uint64_t)id;
		while (
		    !atomic_compare_exchange_strong_explicit(&word, &mine, 1 - (uint64_t)id, memory_order_relaxed, memory_order_relaxed)) {
			mine = (uint64_t)id;
			if (!client_goes_on())
				return;
		}
	}
}

/* The same by loads and stores: each thread waits for its turn, as the limit hop does. */
static void hop_body(int id)
{
	while (client_more()) {
		uint64_t value;
		/* acquire and release: they pair with the other thread's. */
		while ((value = atomic_load_explicit(&word, memory_order_acquire)) % 2 != (uint64_t)id)
			if (!client_goes_on())
				return;
		atomic_store_explicit(&word, value + 1, memory_order_release);
	}
}

KERNELS_BODY(empty, (void)0, (void)0)
KERNELS_BODY(add, add(1), (void)0)
KERNELS_BODY(add_twice, add(1), add((uint64_t)-1))
KERNELS_BODY(cas_loop, cas_add(1), (void)0)
KERNELS_BODY(lockref, lockref_add(1), lockref_add((uint64_t)-1))
KERNELS_LOCK(tas, tas_lock(), tas_unlock())
KERNELS_LOCK(ttas, ttas_lock(), tas_unlock())
KERNELS_LOCK(ticket, ticket_lock(), ticket_unlock())
KERNELS_LOCK(futex, futex_lock(), futex_unlock())
KERNELS_LOCK(mutex, pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex))

/* One thread writes a line, and all others read each value. An operation is a value read. */
static void readers_body(int id)
{
	uint64_t seen = 0;
	while (client_more()) {
		if (id == 0) {
			add(1);
			client_think();
			continue;
		}
		uint64_t value;
		/* relaxed: nothing else is passed. */
		while ((value = atomic_load_explicit(&word, memory_order_relaxed)) == seen && client_goes_on())
			;
		seen = value;
	}
}

static const struct client_program simple[] = {
    {"empty", "hold and think alone", clear, empty_body, NULL},
    {"add", "an add to a shared word", clear, add_body, NULL},
    {"add_twice", "two adds to a shared word", clear, add_twice_body, check_sum},
    {"cas_loop", "load, then compare-and-swap until it succeeds", clear, cas_loop_body, NULL},
    {"lockref", "two of them, with a pause after each failure", clear, lockref_body, check_sum},
    {"tas", "test-and-set lock", clear, tas_body, NULL},
    {"ttas", "test-and-test-and-set lock", clear, ttas_body, NULL},
    {"ticket", "ticket lock", clear, ticket_body, NULL},
    {"futex", "a futex mutex of three states", clear, futex_body, NULL},
    {"mutex", "a pthread mutex", clear, mutex_body, NULL},
    {"ping", "two threads hand a word to and fro by compare-and-swap", clear, ping_body, NULL},
    {"hop", "two threads hand a word to and fro by loads and stores", clear, hop_body, NULL},
    {"readers", "one thread writes a line that all others read", clear, readers_body, NULL},
    {.name = NULL},
};

const struct client_program *client_kernel_nth(uint32_t i)
{
	const uint32_t n = sizeof(simple) / sizeof(simple[0]) - 1;
	const struct client_program *k = i < n ? &simple[i] : &kernels_queues[i - n];
	return k->name == NULL ? NULL : k;
}
