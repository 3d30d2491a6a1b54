/* SPDX-License-Identifier: BSD-3-Clause */
/* The list under test and its ms, as a client sees them, and one judged run of a client. */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "needm.h"

#define WORLD_MS 8
#define WORLD_LISTS 2

struct world_m {
	union {
		struct m m;           /* first: the list's part */
		struct needm_m needm; /* for clients that use needm */
	};
	uint64_t stamp; /* plain: each owner writes it, so an m that comes without its last owner's writes is a race */
};

struct client {
	const char *name, *summary;
	int parked;    /* ms on the list at the start: m0 is put first */
	int other;     /* ms on the other list at the start; 0: there is no other list. The last of all ms */
	int late;      /* ms that are not admitted at the start: the last of the list's. world_admit does it */
	bool waiting;  /* a get may have to wait */
	bool refilled; /* at the end the list holds an m, because each refill that was owed has been paid */
	bool signals;  /* only for strategies with a struct extram_bound. Handlers may run */
	bool by_name;  /* run only if named: it has schedules that are too long for a search */
	int threads;
	void (*bodies[4])(void);
	void (*begin)(void); /* or NULL: called before the threads begin */
};

/* The clients by number, from 0; NULL after the last one. */
const struct client *clients_nth(int i);

/* The list of the ms[i] of the world: the last ones are the other list's. */
static inline int world_owner(const struct client *client, int i)
{
	return i >= WORLD_MS - client->other;
}

/* The operations, recorded. NULL as in get. */
struct world_m *world_get(bool nilokay, bool *last);
void world_put(struct world_m *p);
uint32_t world_length(void);
void world_thread_exit(void);

/* The same, if the strategy keeps ms for a thread. Others may need them. */
void world_settle(void);

/* The running thread's operations are on the other list from now on; or on the first again. Returns
 * the list of before. */
int world_use(int list);

/* The calls of struct extram_bound, recorded. */
struct world_m *world_own_get(bool *last);
bool world_own_put(struct world_m *p);
struct world_m *world_own_in_use(void);

/* From world_uses to world_used the running thread or its handler uses an m. It must have that m,
 * and no other thread may get it. */
void world_uses(struct world_m *p);
void world_used(struct world_m *p);

/* The running thread's handler, from now on; NULL: none. */
void world_on_signal(void (*handler)(void));

/* An m that was never on the list; and its admission, if that is late. */
struct world_m *world_fresh(void);
void world_admit(struct world_m *p);

/* The ms by number; the lists; the strategy. */
struct world_m *world_nth(int i);
struct extram_list *world_list_nth(int i);
const struct extram_strategy *world_strategy(void);

/* The list, for its waiters; and how many of them the client has taken over. */
struct extram_list *world_list(void);
void world_taken(uint32_t waiters);

/* How far the threads of a client have come; 0 at the start. */
_Atomic uint32_t *world_stage(void);

/* The stamp that the last owner left in the m, and the one that the new owner must leave. */
uint64_t world_stamp(const struct world_m *p);
uint64_t world_new_stamp(const struct world_m *p);

/* The client found something wrong. */
_Noreturn void world_fail(const char *what);

/* A strategy to be explored with a client. False: no memory. */
bool world_open(const struct extram_strategy *strategy, const struct client *client);
void world_close(void);

/* Makes one run. False: it went wrong. sim_failure says how, and the history ends there. */
bool world_run(void);

#endif
