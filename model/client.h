/* SPDX-License-Identifier: BSD-3-Clause */
/* What the simulated threads call. The two sides are compiled apart: see model/meson.build. */
#ifndef MODEL_CLIENT_H
#define MODEL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

/* One run's load. */
struct client_load {
	uint32_t hold_ns, think_ns;
	bool drawn;     /* they are means, and drawn anew each time; else they are the same each time */
	uint32_t ms;    /* on a strategy's list, at the start */
	uint64_t until; /* ps: no thread begins an operation later */
};

extern struct client_load client_load;

/* The running thread computes for hold_ns, or think_ns. */
void client_hold(void);
void client_think(void);

/* Reports whether the thread is to make one more operation, and counts the last one. */
bool client_more(void);

/* Reports whether the run goes on. For loops that wait for a thread that may have ended. */
bool client_goes_on(void);

/* The running thread's time, in ps. */
uint64_t client_now(void);

/* The running thread has a lock, alone; it is about to give it back. Two at a time fail the run.
 * They take no time. */
void client_enter(void);
void client_leave(void);

/* The program has gone wrong: ends the run. */
_Noreturn void client_fail(const char *why);

/* A program that one list or lock is for. */
struct client_program {
	const char *name, *what;
	void (*setup)(void);  /* before the threads run; NULL: nothing */
	void (*body)(int id); /* of each thread */
	void (*check)(void);  /* after all have ended: fails if something is not as it should be; NULL: nothing */
};

/* The kernels: small programs of which others published curves; NULL behind the last. */
const struct client_program *client_kernel_nth(uint32_t i);

/* The pairs of a strategy. False: there is no such strategy, or it cannot run here. */
bool client_strategy(const char *name, struct client_program *program);

/* The names of all strategies, one by one; NULL behind the last. */
const char *client_strategy_nth(uint32_t i);

#endif
