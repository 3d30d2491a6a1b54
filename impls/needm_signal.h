/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The m of a signal handler, over needm.h. The runtime's own handlers call these around what they
 * do.
 */
#ifndef EXTRAM_NEEDM_SIGNAL_H
#define EXTRAM_NEEDM_SIGNAL_H

#include "needm.h"

/* The m that a signal handler has, and what its end must do with it. */
enum needm_signal {
	NEEDM_SIGNAL_INSIDE,   /* the interrupted callback's; nothing */
	NEEDM_SIGNAL_BOUND,    /* the thread's bound m; put it */
	NEEDM_SIGNAL_BORROWED, /* one from needm; dropm */
};

/* True: the handler interrupted its thread on the way into a callback or out of it, and the thread
 * has its m. */
bool needm_signal_in_use(struct needm_runtime *rt);

/* For a handler that borrowed an m. Whatever the list has bound to the thread is not bound any
 * more. */
void needm_signal_unbind(struct needm_runtime *rt);

/*
 * Begins a signal handler that needs an m, which is needm_g's then. In a callback it is the
 * callback's. A thread without an m borrows one by needm. So does a thread between callbacks, as in
 * Go: the handler takes a second m, with all its system calls. But a handler that took the second
 * one of an empty list would wait for its own thread, if that owes the refill. A strategy of
 * EXTRAM_BOUND_SERVES_SIGNALS gives the bound m, if no other thread has taken it. The handler makes
 * no refill. Go: sigtrampgo, badsignal.
 */
static inline enum needm_signal needm_signal_enter(struct needm_runtime *rt, const struct extram_strategy *strategy)
{
	bool serves = (strategy->properties & EXTRAM_BOUND_SERVES_SIGNALS) != 0, last;
	if (needm_g != NULL && !needm_in_c)
		return NEEDM_SIGNAL_INSIDE;
	if (needm_g != NULL && strategy->bound == NULL && (serves || needm_g->m->needextram))
		return NEEDM_SIGNAL_INSIDE;
	if (needm_g != NULL && strategy->bound != NULL && needm_bound == rt) {
		struct m *found = strategy->bound->get(rt->list, &last);
		if (found == &needm_g->m->m) {
			needm_in_c = false;
			return NEEDM_SIGNAL_BOUND;
		}
		if (found != NULL)
			strategy->bound->put(rt->list, found); /* it is not installed here */
		else if (needm_signal_in_use(rt))
			return NEEDM_SIGNAL_INSIDE;
	}
	needm(rt, strategy);
	/* Otherwise the next callback would find this m, and not install it. If the thread was on
	 * the way to an m of another runtime, it would take this one for it. */
	if (strategy->bound != NULL && needm_bound != NULL)
		needm_signal_unbind(rt);
	return NEEDM_SIGNAL_BORROWED;
}

/* Ends the handler. signal is what needm_signal_enter returned. */
static inline void needm_signal_leave(struct needm_runtime *rt, const struct extram_strategy *strategy, enum needm_signal signal)
{
	if (signal == NEEDM_SIGNAL_BORROWED)
		dropm(rt, strategy);
	else if (signal == NEEDM_SIGNAL_BOUND)
		needm_leave(rt, strategy);
}

#endif
