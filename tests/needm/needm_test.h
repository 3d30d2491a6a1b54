/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of needm.h share: a runtime whose memory is counted and can run out. */
#ifndef NEEDM_TEST_H
#define NEEDM_TEST_H

#include "crew.h"
#include "needm_signal.h"

/* What needm_memory.context points to. */
struct counted {
	_Atomic int64_t bytes; /* allocated and not yet freed */
	_Atomic int64_t allocs;
	_Atomic int64_t left; /* allocations until memory runs out; negative: never */
};

struct world {
	struct needm_runtime rt;
	const struct extram_strategy *s;
	struct counted counted;
	struct worker *w;
};

struct needm_memory world_memory(struct counted *counted);

/* Makes the runtime with one m, which is on the list where all threads find it. */
void world_make(struct world *t, void **state, const char *test);

/* Makes it once more after world_free, within the same test. */
void world_make_again(struct world *t);

/* Ends the runtime. Checks that all memory was freed. */
void world_free(struct world *t);

/* The ms on the list and those that the calling thread keeps. */
uint32_t world_parked(struct world *t);

/* relaxed: a number, read at rest or as a hint. */
static inline uint32_t world_created(struct world *t)
{
	return atomic_load_explicit(&t->rt.created, memory_order_relaxed);
}

/* The kernel's view of the thread's mask: all 64 bits. */
uint64_t world_mask(void);
void world_set_mask(uint64_t mask);

/* All signals that can be blocked: not SIGKILL and SIGSTOP, and not those that an emulator keeps
 * for itself. */
uint64_t world_all_signals(void);

/* The thread's alternate signal stack. */
stack_t world_stack(void);

/* Takes it away. Returns the one before, because some checkers give each thread a stack of its
 * own. */
stack_t world_no_stack(void);

static inline uint64_t world_bit(int sig)
{
	return UINT64_C(1) << (sig - 1);
}

/* ThreadSanitizer holds asynchronous signals back and delivers them inside library calls, whatever
 * the mask is by then. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIGNALS_ARE_PROMPT 0
#endif
#elif defined(__SANITIZE_THREAD__)
#define SIGNALS_ARE_PROMPT 0
#endif
#ifndef SIGNALS_ARE_PROMPT
#define SIGNALS_ARE_PROMPT 1
#endif

/* signals.c */
void signals_mask(void **state);
void signals_named(void **state);
void signals_blocked_in_list(void **state);
void signals_stack_of_m(void **state);
void signals_stack_of_thread(void **state);
void signals_between_callbacks(void **state);
void signals_storm(void **state);

/* bound.c */
void bound_between_callbacks(void **state);
void bound_thread_ends(void **state);
void bound_handlers(void **state);
void bound_handlers_served(void **state);
void bound_handlers_owed(void **state);
void bound_two_runtimes(void **state);
void bound_nested_runtimes(void **state);

/* ends.c */
void ends_destructors(void **state);
void ends_signals_blocked(void **state);
void ends_runtime_again(void **state);

/* refills.c */
void refills_make(void **state);
void refills_ask(void **state);
void refills_waiters(void **state);

/* leaks.c */
void leaks_init_fails(void **state);

/* runtimes.c */
void runtimes_one_thread(void **state);
void runtimes_threads(void **state);
void runtimes_one_ends(void **state);
void runtimes_unbound(void **state);

/* taken.c */
void taken_next_callback(void **state);
void taken_mask_changed(void **state);
void taken_exit(void **state);
void taken_refill(void **state);

/* taken_stacks.c */
void taken_stack_of_thread(void **state);
void taken_stack_returns(void **state);
void taken_stack_brought(void **state);
void taken_stack_unbound(void **state);
void taken_stack_disabled(void **state);
void taken_stack_no_memory(void **state);

/* taken_ends.c */
void taken_destructors(void **state);
void taken_two_runtimes(void **state);
void taken_many_threads(void **state);

/* taken_signals.c */
void taken_handlers_idle(void **state);
void taken_handlers_taken(void **state);
void taken_handlers_wanted(void **state);
void taken_storm(void **state);

/* taken_forks.c */
void taken_fork(void **state);
void taken_fork_unbound(void **state);
void taken_fork_inside(void **state);
void taken_fork_ends(void **state);

/* setup.c */
void setup_too_early(void **state);
void setup_balance(void **state);
void setup_no_memory_at_start(void **state);
void setup_no_memory_later(void **state);
void setup_no_memory_for_waiters(void **state);
void setup_refill_stays_owed(void **state);
void setup_refused_m(void **state);
void setup_refused_list(void **state);

#endif
