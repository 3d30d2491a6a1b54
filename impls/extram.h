/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The extra-M list: spare ms that threads which the runtime did not create borrow for a callback.
 * Model: getExtraM and putExtraM of Go's runtime/proc.go, at commit 77b1f23a.
 *
 * To take a strategy into your runtime, copy this file, one strategy's .c, and the headers beside them that it includes.
 *
 * Who may run with whom, on one list
 * ----------------------------------
 *                 get   put   length   waiters   admit   thread_exit   init, fini
 *   get            P     P      P         P        P          P             -
 *   put            P     P      P         P        P          P             -
 *   length         P     P      P         P        P          P             -
 *   waiters        P     P      P         P        P          P             -
 *   admit          P     P      P         P        P          P             -
 *   thread_exit    P     P      P         P        P          P             -
 *   init, fini     -     -      -         -        -          -             -
 *
 *   P  in parallel, from any number of threads, each an m of its own
 *   -  alone: the caller makes sure that nobody else uses the list
 *
 * What is published to whom
 * -------------------------
 *   put(m)  happens before  the get that returns m: what the last owner wrote, plain stores included, the next one sees.
 *   put(m)  happens before  nothing else: a length read by a third thread says nothing about any m's contents.
 *   init    happens before  whatever the caller hands the list to; that hand-over is the caller's.
 *
 * Progress
 * --------
 *   put and length never wait for an m. get waits only with nilokay false, and only while there is no m.
 *   Whether a thread that is stopped inside an operation can hold up others is the property EXTRAM_LOCK_FREE.
 *
 * Signals
 * -------
 *   get and put neither allocate nor take a lock that other code holds, so a handler may call them, but only if signals are
 *   blocked around every other get and put of that thread: a handler that interrupts a get waits for it for ever (golang/go
 *   issue 42207). needm and dropm block them. So does needm_thread_exit around thread_exit, and a strategy around what a thread's end
 *   runs. length may lock: not for a handler that may have interrupted another operation.
 *
 * Fork
 * ----
 *   In a child there is only the thread that forked. If no other thread was inside an operation, the child may use its copy of the list
 *   as the parent does; ms that others had, or kept, are out for ever. If one was, it may have held the list's lock: then the child may
 *   only do what POSIX allows after fork (exec, _exit), unless the strategy is EXTRAM_LOCK_FREE, whose operations come to an end.
 */
#ifndef EXTRAM_H
#define EXTRAM_H

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Alignment of every m: a strategy may use the six zero bits. */
#define EXTRAM_ALIGN 64
/* Distance between words that different CPUs write: two lines, because x86 fetches lines in pairs and some arm64 lines have 128. */
#define EXTRAM_APART 128

/*
 * How a waiting thread waits. A scheduler of your own, or an explorer of interleavings, defines these before it includes this file.
 * EXTRAM_YIELD is Go's osyield, EXTRAM_USLEEP its usleep: both real system calls.
 */
#ifndef EXTRAM_YIELD
#define EXTRAM_YIELD() ((void)sched_yield())
#endif
#ifndef EXTRAM_USLEEP
#define EXTRAM_USLEEP(us) ((void)nanosleep(&(const struct timespec){.tv_nsec = (us)*1000L}, NULL))
#endif

/* Looks at a lock that is held, before extram_spin gives the CPU away. An explorer needs none. */
#ifndef EXTRAM_SPINS
#define EXTRAM_SPINS 100
#endif

/* How a get waits for an m, chosen when a strategy is compiled: see extram_wait. */
#define EXTRAM_WAIT_POLL 0
#define EXTRAM_WAIT_BACKOFF 1
#define EXTRAM_WAIT_FUTEX 2
#ifndef EXTRAM_WAIT
#define EXTRAM_WAIT EXTRAM_WAIT_POLL
#endif
#if EXTRAM_WAIT == EXTRAM_WAIT_FUTEX
#define EXTRAM_WAITING "futex"
#elif EXTRAM_WAIT == EXTRAM_WAIT_BACKOFF
#define EXTRAM_WAITING "backoff"
#else
#define EXTRAM_WAITING "poll"
#endif
/* futex(2): sleep while the word has that value; wake so many that sleep on the word. */
#ifndef EXTRAM_FUTEX_WAIT
#define EXTRAM_FUTEX_WAIT(word, value) ((void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL))
#define EXTRAM_FUTEX_WAKE(word, count) ((void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count))
#endif

/* The address of a thread-local variable, as other threads may use it. An explorer whose threads are fibers has its own idea of both. */
#ifndef EXTRAM_OWN
#define EXTRAM_OWN(variable) (&(variable))
#endif

/* For a strategy's get and put: inlined wherever they are called by name, so that no compiler's guess stands between two strategies. */
#define EXTRAM_INLINE static inline __attribute__((always_inline))

#define extram_likely(x) __builtin_expect(!!(x), 1)
#define extram_unlikely(x) __builtin_expect(!!(x), 0)

/*
 * What a list needs of an m. Embed it as the first member of your own m. From admit on both words are the strategy's, parked or borrowed:
 * the borrower neither reads nor writes them. Threads that race for the head of a lock-free list may still read them then.
 */
struct m {
	_Alignas(EXTRAM_ALIGN) struct m *_Atomic schedlink; /* the m below, as in Go */
	_Atomic uint32_t depth;                             /* how many ms are below, where a strategy counts that way */
};

/* The head of every strategy's list. */
struct extram_list {
	/* Calls of get that found no m and wait, or waited, since the last take. Go's extraMWaiters. */
	_Alignas(EXTRAM_ALIGN) _Atomic uint32_t waiters;
	/* For EXTRAM_WAIT_FUTEX: gets that may sleep, and puts that met such a get. */
	_Atomic uint32_t sleepers, puts;
};

enum extram_property {
	/* One thread alone gets back first what it put last. */
	EXTRAM_LIFO = 1U << 0,
	/* last is true if and only if this call left the list empty. Without it, last may also be true when ms are left (never the other
	 * way round), and a list that was empty only until another thread's put returned may go unreported: that m's getter reports it. */
	EXTRAM_LAST_EXACT = 1U << 1,
	/* A thread stopped anywhere inside an operation holds up no other thread's operation. */
	EXTRAM_LOCK_FREE = 1U << 2,
	/* A thread may keep an m that it put, in use as far as others can tell, until thread_exit. Its next get's last may then be false
	 * although the list is empty, for it left the list as it was. So it does not keep from others an m whose get said last: that getter
	 * may have been a signal handler, which pays no refill. */
	EXTRAM_KEEPS = 1U << 3,
	/* What a thread keeps stays bound to it from callback to callback, so needm_enter need not install it again (needm.h); the
	 * thread's end does what thread_exit does. */
	EXTRAM_BOUND = 1U << 4,
	/* A floor, not a list to choose: it stands beside the others to show what nothing can undercut. */
	EXTRAM_FLOOR = 1U << 5,
	/* It cannot tell when a get leaves the list empty, so last is true whenever a get has an m: the getter looks at length. */
	EXTRAM_NO_LAST = 1U << 6,
	/* length tells none, 0, from some, 1, and no more. */
	EXTRAM_NO_LENGTH = 1U << 7,
	/* With nilokay, NULL may be returned although ms are parked, if others get and put meanwhile. */
	EXTRAM_MAY_MISS = 1U << 8,
	/* Threads wait for each other in turn and never give the CPU away: where they outnumber the CPUs, it all but stands still. */
	EXTRAM_CPU_EACH = 1U << 9,
	/* Threads that meet are served in the order in which they came, and give the CPU away until it is their turn: where they outnumber
	 * the CPUs, each hand-over may wait for one that does not run, and a queue, once there, stays. */
	EXTRAM_FIFO = 1U << 10,
};

struct extram_strategy {
	const char *name;    /* the file's name without .c; also the name in the command line, CSV and plots */
	const char *summary; /* one line, for people */
	unsigned properties; /* enum extram_property */
	size_t list_size;    /* bytes of a list, to be aligned to EXTRAM_APART and given to init */

	/* Makes an empty list. May allocate. False: nothing was made, and *why is the reason (static text). */
	bool (*init)(struct extram_list *list, const char **why);
	/* Ends a list, whatever is parked on it; the ms are the caller's. */
	void (*fini)(struct extram_list *list);
	/*
	 * May this m ever be put? To be asked once for a new m, before its first put. False, and the reason in *why, for one that the
	 * strategy's encoding cannot hold. Never blocks.
	 */
	bool (*admit)(struct extram_list *list, struct m *mp, const char **why);
	/*
	 * Takes an m, which is the caller's until it puts it. Nilokay: NULL if the list was empty at some instant of the call. Not nilokay:
	 * never NULL; the call counts itself in waiters once, then waits. *last: this call left the list empty, or found it so.
	 * Whoever gets last == true owes the list a new m (newextram). Go: getExtraM.
	 */
	struct m *(*get)(struct extram_list *list, bool nilokay, bool *last);
	/* Gives an m (back); never fails. The caller no longer touches it. Go: putExtraM. */
	void (*put)(struct extram_list *list, struct m *mp);
	/* Ms parked. Exact when nobody is inside another operation, a hint otherwise. May lock. Go: extraMLength.Load(). */
	uint32_t (*length)(struct extram_list *list);
	/* The calling thread will not use the list again, or not soon: what it cached can be got by others when this returns. With signals
	 * blocked, if their handlers use the list. */
	void (*thread_exit)(struct extram_list *list);
	/* What init chose, where there is a choice the caller should know ("rseq", "no-rseq"), else "". One word, without spaces or
	 * slashes, that outlives the list. */
	const char *(*variant)(struct extram_list *list);
	/* The variant of a machine that lacks nothing. Any other is a fallback, which users of the list are warned of. NULL: "". */
	const char *best_variant;
	/* How a get without nilokay waits: EXTRAM_WAITING, or a word for the strategy's own way. */
	const char *waiting;
	/* As many ms as admit lets in; 0: any number. */
	uint32_t capacity;
};

/* All strategies of this build, in the order of impls/meson.build, ended by NULL. */
extern const struct extram_strategy *const extram_strategies[];

/* The strategy of that name, or NULL. */
const struct extram_strategy *extram_find(const char *name);

/* Waiters since the last take: a hint, as in Go's `extraMWaiters.Load() > 0`. */
static inline uint32_t extram_waiters(struct extram_list *list)
{
	/* relaxed: a number alone; a waiter that is seen late is served by the next put or the next refill. */
	return atomic_load_explicit(&list->waiters, memory_order_relaxed);
}

/* Takes over the duty to serve the waiters counted so far. Go's `extraMWaiters.Swap(0)`. */
static inline uint32_t extram_take_waiters(struct extram_list *list)
{
	/* relaxed: the exchange hands each count to one caller, which is all that is asked of it. */
	return atomic_exchange_explicit(&list->waiters, 0, memory_order_relaxed);
}

/*
 * One round of waiting for a thread that is a few instructions away from the end, unless it has lost its CPU; *rounds begins at zero. Go's
 * procyield, then its osyield: without the second one, those who spin keep that thread from coming back.
 */
static inline void extram_spin(uint32_t *rounds)
{
	if (*rounds == EXTRAM_SPINS) {
		EXTRAM_YIELD();
		return;
	}
	++*rounds;
#if defined(__x86_64__)
	__asm__ __volatile__("pause");
#elif defined(__aarch64__)
	__asm__ __volatile__("isb"); /* as long as x86's pause; yield is a no-op on most */
#endif
}

/* To be called by init. */
static inline void extram_init(struct extram_list *list)
{
	atomic_init(&list->waiters, 0);
	atomic_init(&list->sleepers, 0);
	atomic_init(&list->puts, 0);
}

/* One get that waits; all zero at its start. */
struct extram_waiter {
	uint32_t rounds;
	uint32_t puts; /* for EXTRAM_WAIT_FUTEX: those seen before the list was looked at */
};

/* For EXTRAM_WAIT_FUTEX: sleeps until a put, unless one came since the last look. */
static inline void extram_sleep(struct extram_list *list, struct extram_waiter *w)
{
	if (w->rounds++ > 0)
		EXTRAM_FUTEX_WAIT(&list->puts, w->puts);
	else
		/* relaxed: the fence below orders it. */
		atomic_fetch_add_explicit(&list->sleepers, 1, memory_order_relaxed);
	/* acquire: pairs with the release in extram_wake; who sees that put's number sees its m. (The fences would do; ThreadSanitizer does
	 * not know fences.) */
	w->puts = atomic_load_explicit(&list->puts, memory_order_acquire);
	/* seq_cst: Dekker's pattern with the fence in extram_wake. Here: announce, fence, look at the list. There: push, fence, look for
	 * sleepers. One of the two comes first, and the other then sees what was written before it: no m is put unseen. */
	atomic_thread_fence(memory_order_seq_cst);
}

/* A get that must wait counts itself, once. */
static inline void extram_count(struct extram_list *list)
{
	/* relaxed: only how many ms newextram makes depends on it; who was not counted is served by a put. */
	atomic_fetch_add_explicit(&list->waiters, 1, memory_order_relaxed);
}

/*
 * One round of waiting in a get that found no m; the caller then looks again. Counted once per get. Polling sleeps 1 us, as Go's lockextra
 * does; backing off doubles that up to 1 ms; a futex sleeps in the kernel until a put, and in the first round does not sleep at all.
 */
static inline void extram_wait(struct extram_list *list, struct extram_waiter *w)
{
	if (w->rounds == 0)
		extram_count(list);
	if (EXTRAM_WAIT == EXTRAM_WAIT_FUTEX)
		extram_sleep(list, w);
	else if (EXTRAM_WAIT == EXTRAM_WAIT_BACKOFF)
		EXTRAM_USLEEP(1L << (w->rounds < 10 ? w->rounds++ : 10));
	else
		EXTRAM_USLEEP(w->rounds = 1);
}

/* A get that had to wait has its m: to be called once. */
static inline void extram_waited(struct extram_list *list, const struct extram_waiter *w)
{
	if (EXTRAM_WAIT == EXTRAM_WAIT_FUTEX && extram_unlikely(w->rounds > 0))
		/* relaxed: a sleeper too many costs a put a system call, no more. */
		atomic_fetch_sub_explicit(&list->sleepers, 1, memory_order_relaxed);
}

/* To be called at the end of put, when the m can be got. Wakes one get that sleeps. */
static inline void extram_wake(struct extram_list *list)
{
	if (EXTRAM_WAIT != EXTRAM_WAIT_FUTEX)
		return;
	/* seq_cst: pairs with the fence in extram_sleep, where the argument is. */
	atomic_thread_fence(memory_order_seq_cst);
	/* relaxed: the fence orders it. */
	if (extram_likely(atomic_load_explicit(&list->sleepers, memory_order_relaxed) == 0))
		return;
	/* release: pairs with the acquire in extram_sleep. */
	atomic_fetch_add_explicit(&list->puts, 1, memory_order_release);
	EXTRAM_FUTEX_WAKE(&list->puts, 1);
}

/* For strategies in which every aligned pointer is as good as another, nothing is cached per thread, and there is one variant. */
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
