/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The extra-M list: spare ms. A thread that the runtime did not create borrows one for a callback.
 * Model: getExtraM and putExtraM of Go's runtime/proc.go, at commit 77b1f23a.
 *
 * To use a strategy in your runtime, copy its .c and the headers that its first comment names.
 *
 * Operations on one list that may run in parallel
 * -----------------------------------------------
 *                 get   put   length   waiters   admit   thread_exit   init, fini
 *   get            P     P      P         P        P          P             -
 *   put            P     P      P         P        P          P             -
 *   length         P     P      P         P        P          P             -
 *   waiters        P     P      P         P        P          P             -
 *   admit          P     P      P         P        P          P             -
 *   thread_exit    P     P      P         P        P          P             -
 *   init, fini     -     -      -         -        -          -             -
 *
 *   P  in parallel, from any number of threads, each with an m of its own
 *   -  alone: the caller ensures that no other thread uses the list
 *
 * What is published
 * -----------------
 *   put(m)  happens before the get that returns m. The new owner sees all that the last owner
 *           wrote, plain stores included.
 *   put(m)  happens before nothing else. A length says nothing about any m's contents.
 *   init    publishes nothing. The caller hands the list to other threads.
 *
 * Progress
 * --------
 *   put and length never wait for an m. get waits only if nilokay is false, and only while there
 *   is no m. EXTRAM_LOCK_FREE says whether a thread stopped inside an operation can delay others.
 *
 * Signals
 * -------
 *   get and put neither allocate nor take a lock that other code holds, so a signal handler may
 *   call them. Then every other get and put of that thread must run with signals blocked: a
 *   handler that interrupts a get waits for that get for ever (golang/go issue 42207). needm and
 *   dropm block them. So does needm_thread_exit around thread_exit, and a strategy around what it
 *   runs at a thread's end. length may lock: a handler that may have interrupted another operation
 *   must not call it.
 *
 * Fork
 * ----
 *   The child has one thread, the one that forked. If no other thread was inside an operation, the
 *   child may use its copy of the list as the parent does. An m that another thread had, or kept,
 *   never comes back there. If another thread was inside an operation, it may have held the list's
 *   lock. Then the child may only do what POSIX allows after fork (exec, _exit), unless the
 *   strategy is EXTRAM_LOCK_FREE: its operations finish even then.
 */
#ifndef EXTRAM_H
#define EXTRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Alignment of every m. A strategy may use the six zero bits of an address. */
#define EXTRAM_ALIGN 64
/* Distance between words that different CPUs write. Two lines, because x86 fetches lines in pairs
 * and some arm64 lines have 128 bytes. */
#define EXTRAM_APART 128

/* For a strategy's get and put. Always inlined where they are called by name, so that a compiler's
 * guess makes no difference between two strategies. */
#define EXTRAM_INLINE static inline __attribute__((always_inline))

#define extram_likely(x) __builtin_expect(!!(x), 1)
#define extram_unlikely(x) __builtin_expect(!!(x), 0)

/*
 * What a list needs of an m. Embed it as the first member of your own m. From admit on, both words
 * belong to the strategy, whether the m is parked or borrowed: the borrower neither reads nor
 * writes them. Threads that race for the head of a lock-free list may still read them.
 */
struct m {
	_Alignas(EXTRAM_ALIGN) struct m *_Atomic schedlink; /* the next m on the list, as in Go */
	_Atomic uint32_t depth;                             /* the number of ms below it, in strategies that count that way */
};

/* The head of every strategy's list. */
struct extram_list {
	/* Gets that found no m and had to wait, since waiters was last taken. Go's
	 * extraMWaiters. */
	_Alignas(EXTRAM_ALIGN) _Atomic uint32_t waiters;
	/* For EXTRAM_WAIT_FUTEX: gets that may sleep, and puts that found such a get. */
	_Atomic uint32_t sleepers, puts;
};

enum extram_property {
	/* A thread that uses the list alone gets the m that it put last. */
	EXTRAM_LIFO = 1U << 0,
	/* last is true if and only if this call left the list empty. Without it, last may also be
	 * true when ms are left (never the other way round). A list that was empty only until
	 * another thread's put returned may then go unreported: the getter of that m reports it. */
	EXTRAM_LAST_EXACT = 1U << 1,
	/* A thread stopped anywhere inside an operation delays no other thread's operation. */
	EXTRAM_LOCK_FREE = 1U << 2,
	/* A thread may keep an m that it put until thread_exit. To other threads the m is in use.
	 * The thread's next get takes it and leaves the list as it was, so last may be false
	 * although the list is empty. A strategy therefore does not keep an m whose get said last:
	 * a signal handler may have got that m, and a handler does not refill. */
	EXTRAM_KEEPS = 1U << 3,
	/* A thread's m stays bound to it between callbacks, so needm_enter need not install it
	 * again (see needm.h). Where the strategy has no struct extram_bound, it is EXTRAM_KEEPS
	 * too. The thread's end does what thread_exit does, with signals
	 * blocked, in the destructor of a pthread key. Destructors that run later may get and put,
	 * and no m is kept then. But nothing runs after the last round of destructors: a thread
	 * whose first get comes from there must call thread_exit. */
	EXTRAM_BOUND = 1U << 4,
	/* A lower bound on the cost, not a list for use. It is measured beside the others. */
	EXTRAM_FLOOR = 1U << 5,
	/* Bits 6 to 9 are in lacks.h. */
	/* Threads that meet are served in order of arrival, and yield the CPU until their turn.
	 * With more threads than CPUs, each hand-over may wait for a thread that does not run, and
	 * a queue, once formed, stays. */
	EXTRAM_FIFO = 1U << 10,
	/* With EXTRAM_BOUND: a signal handler between callbacks uses the bound m. Without it, the
	 * handler borrows a second m, as in Go: see needm_signal_enter in
	 * needm_signal.h. */
	EXTRAM_BOUND_SERVES_SIGNALS = 1U << 11,
	/* Without EXTRAM_LAST_EXACT: last is exact for a thread that uses the list alone. It is
	 * spurious only beside the operations of other threads. */
	EXTRAM_LAST_ALONE = 1U << 12,
};

/*
 * For EXTRAM_BOUND where another thread may take a bound m between callbacks. A callback therefore
 * takes and puts its m by these calls, with signals open. All are for the calling thread's own m.
 */
struct extram_bound {
	/* Takes the bound m. NULL: none is bound, it is in use, or another thread may be taking it.
	 * Then call get. *last as in get. Neither locks nor waits. A signal handler may interrupt
	 * it anywhere, and may call all that is here. */
	struct m *(*get)(struct extram_list *list, bool *last);
	/* Puts the bound m. The thread's next get takes it, or a thread that finds no other m. What
	 * is published is as for put. False: mp is not the bound m, and nothing was done. Then call
	 * put. It waits for no m; if the list wants the m, it blocks signals and locks. A signal
	 * handler may interrupt it like get. */
	bool (*put)(struct extram_list *list, struct m *mp);
	/* The bound m if the thread has it, otherwise NULL. For a signal handler whose get said
	 * NULL. If it interrupted the thread's get or put, the m is the thread's while the handler
	 * runs, and the handler may use it without taking it. It locks: no handler that uses the
	 * list may run meanwhile. */
	struct m *(*in_use)(struct extram_list *list);
	/* The number of parked ms that are bound to no thread: a hint, like length. The list owes a
	 * new m if there is none. */
	uint32_t (*spare)(struct extram_list *list);
};

struct extram_strategy {
	const char *name;    /* the file's name without .c; also the name in the command line, CSV and plots */
	const char *summary; /* one line that describes it */
	unsigned properties; /* enum extram_property */
	size_t list_size;    /* size of a list in bytes; the caller allocates it, aligned to EXTRAM_APART */

	/* Makes an empty list. May allocate. On failure returns false, makes nothing, and sets *why
	 * to the reason (static text). */
	bool (*init)(struct extram_list *list, const char **why);
	/* Ends a list, even if ms are parked on it, or kept by threads. The ms belong to the
	 * caller. Meanwhile no thread may end that keeps one; it may later. */
	void (*fini)(struct extram_list *list);
	/*
	 * Reports whether the list can hold this m. Call it once for each new m, before its first
	 * put. False if the strategy's encoding cannot hold the m; *why is the reason. Never
	 * blocks.
	 */
	bool (*admit)(struct extram_list *list, struct m *mp, const char **why);
	/*
	 * Takes an m. The caller owns it until it puts it. With nilokay: returns NULL if the list
	 * was empty at some instant of the call. Without nilokay: never returns NULL; the call adds
	 * itself to waiters once, then waits. *last: this call left the list empty, or found it
	 * empty. A caller that gets last == true owes the list a new m (newextram). Go: getExtraM.
	 */
	struct m *(*get)(struct extram_list *list, bool nilokay, bool *last);
	/* Puts an m on the list; never fails. The caller must not touch the m afterwards. Go:
	 * putExtraM. */
	void (*put)(struct extram_list *list, struct m *mp);
	/* The number of parked ms. Exact if no other operation runs, otherwise a hint. May lock.
	 * Go: extraMLength.Load(). */
	uint32_t (*length)(struct extram_list *list);
	/* The calling thread will not use the list again, or not soon. When this returns, other
	 * threads can get any m that the thread kept. The thread may have ms meanwhile: it still
	 * owns them, and its puts of them keep nothing. Only an m that it gets later may be kept
	 * again. Block signals around it if their handlers use the list. */
	void (*thread_exit)(struct extram_list *list);
	const struct extram_bound *bound; /* NULL: no other thread takes a bound m */
	/* What init chose, if the caller should know it ("rseq", "no-rseq"), otherwise "". One word
	 * without spaces or slashes. It outlives the list. */
	const char *(*variant)(struct extram_list *list);
	/* The variant on a machine that lacks nothing. Any other is a fallback, and users of the
	 * list are warned of it. NULL means "". */
	const char *best_variant;
	/* How a get without nilokay waits: EXTRAM_WAITING, or a word for the strategy's own way. */
	const char *waiting;
	/* The most ms that admit accepts; 0: any number. */
	uint32_t capacity;
	/* admit refuses an address with a bit from here up, and one that is no multiple of
	 * EXTRAM_ALIGN; 0: it accepts any. */
	uint32_t address_bits;
};

/* All strategies of this build, in the order of impls/meson.build. NULL ends the array. */
extern const struct extram_strategy *const extram_strategies[];

/* The strategy of that name, or NULL. */
const struct extram_strategy *extram_find(const char *name);

/* The waiters counted since they were last taken: a hint, as in Go's `extraMWaiters.Load() > 0`. */
static inline uint32_t extram_waiters(struct extram_list *list)
{
	/* relaxed: the number orders nothing. A waiter that is seen late is served by the next put
	 * or refill. */
	return atomic_load_explicit(&list->waiters, memory_order_relaxed);
}

/* Takes over the duty to serve the waiters counted so far, and sets the count to 0. Go's
 * `extraMWaiters.Swap(0)`. */
static inline uint32_t extram_take_waiters(struct extram_list *list)
{
	/* relaxed: the exchange gives each count to exactly one caller. Nothing more is needed. */
	return atomic_exchange_explicit(&list->waiters, 0, memory_order_relaxed);
}

/* Defaults, for a strategy that can hold every aligned pointer, caches nothing per thread, and has
 * one variant. */
static inline bool extram_admit_any(struct extram_list *list, struct m *mp, const char **why)
{
	(void)list, (void)mp, (void)why;
	return true;
}

static inline void extram_no_thread_exit(struct extram_list *list)
{
	(void)list;
}

static inline const char *extram_no_variant(struct extram_list *list)
{
	(void)list;
	return "";
}

static inline void extram_no_fini(struct extram_list *list)
{
	(void)list;
}

#endif
