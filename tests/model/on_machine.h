/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads on the machine of small.ini. Who includes it runs there: hooks.h is in front. Times are
 * ns.
 *
 * relaxed, here: the tests ask when a value is there, and the machine keeps stores in order.
 */
#ifndef ON_MACHINE_H
#define ON_MACHINE_H

#include "check.h"
#include "client.h"
#include "cpus.h"
#include "events.h"
#include "extram.h"
#include "machine.h"
#include "runs.h"

#define NOTES 64
#define UNSEEN __attribute__((no_sanitize("thread"), noinline, unused))
#define NEAR 0 /* CPUs */
#define FAR 4

static const char *machine_file;
static uint64_t at[3][NOTES]; /* each thread's notes */
static uint32_t notes[3];

static struct far_word {
	_Alignas(EXTRAM_APART) _Atomic uint32_t word;
} far[3];
static _Alignas(EXTRAM_APART) _Atomic uint32_t own;
static _Alignas(EXTRAM_APART) volatile uint32_t plain;
static uint32_t seen[3];

/* The program itself does not do it: it takes no time. */
UNSEEN static void note(int id)
{
	at[id][notes[id]++] = cpus_now() / EVENTS_NS;
}

UNSEEN static void see(int id, uint32_t value)
{
	seen[id] = value;
}

static inline void work_until(uint64_t ns)
{
	cpus_work(ns * EVENTS_NS - cpus_now());
}

static inline uint32_t load(const _Atomic uint32_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

static inline void store(_Atomic uint32_t *p, uint32_t value)
{
	atomic_store_explicit(p, value, memory_order_relaxed);
}

static inline void add(_Atomic uint32_t *p)
{
	atomic_fetch_add_explicit(p, 1, memory_order_relaxed);
}

static inline void fence(void)
{
	/* seq_cst: waits for the thread's stores. */
	atomic_thread_fence(memory_order_seq_cst);
}

static inline void run(void (*body)(int id), uint32_t threads, const uint32_t *place)
{
	struct client_program program = {.name = "test", .body = body};
	struct runs_plan plan = {
	    .program = &program, .threads = threads, .place = place, .seed = 1, .instructions = -1, .length_ps = 1000000 * EVENTS_NS};
	struct runs_result result;
	store(&own, 0);
	for (int i = 0; i < 3; i++) {
		store(&far[i].word, 0);
		notes[i] = seen[i] = 0;
	}
	CHECK(runs_run(&plan, &result));
}

#define RUN(body, ...) run(body, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (const uint32_t[]){__VA_ARGS__})

#endif
