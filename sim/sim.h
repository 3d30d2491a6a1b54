/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A simulated machine. It runs C sources unchanged, compiled with -fsanitize=thread and hooks.h in
 * front. Their threads are fibers of one real thread. They are switched only where their order can
 * be observed: at the *steps*, which are atomic accesses, fences, calls of locks, futexes and
 * membarrier, and the instructions of a restartable sequence that touch memory. A plain access is
 * no step: if its order mattered, that would be a data race, which a driver can report.
 *
 * What machines and models differ in is left to a *driver*: which thread runs next, which value a
 * load returns, what an access costs, which waiter wakes. A program has one driver. It defines the
 * functions driver_* below, and the linker finds them. No step goes through a pointer, because a
 * driver may run a hundred million of them. tests/explore has a driver that searches, tests/sim
 * the shortest one.
 *
 * A driver with a clock keeps a time for each thread. driver_access adds the cost of an access,
 * driver_next returns the ready thread with the least time, and driver_woken sets the time of a
 * thread that slept. Any hook but driver_next may call sim_turn, so an access can wait for its turn
 * at a cache line.
 */
#ifndef SIM_H
#define SIM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIM_THREADS 256 /* at most, in one run */

struct sim_thread {
	int id;
	int cpu;               /* -1 until sim_place */
	const void *waits_for; /* the lock, condition variable or futex on which it is blocked, or NULL */
	bool ended;
	bool in_section;       /* inside a restartable sequence */
	bool aborted;          /* that must start over */
	void (*handler)(void); /* of SIM_SIGNAL_NUMBER, or NULL */
	uint64_t sigmask;      /* its blocked signals, as the kernel has them: bit signal - 1 */
};

/* The only signal that comes. All signals are blocked while its handler runs. */
#define SIM_SIGNAL_NUMBER SIGUSR1

/* The thread that runs. NULL outside sim_run: then everything is done at once, as on one real
 * thread, and no function of the driver is called but driver_cpus. */
extern struct sim_thread *sim_self;

enum sim_kind {
	SIM_LOAD,
	SIM_STORE,
	SIM_EXCHANGE,
	SIM_ADD,
	SIM_SUB,
	SIM_AND,
	SIM_OR,
	SIM_XOR,
	SIM_NAND,
	SIM_CAS,
	SIM_CAS_WEAK, /* may fail although it found what it expected */
	SIM_FENCE,
	SIM_FUTEX_READ, /* the kernel reads the newest value, and orders nothing */
};

struct sim_access {
	enum sim_kind kind;
	unsigned size;          /* in bytes: 1, 2, 4 or 8; SIM_CAS also 16, two words of 8 */
	volatile void *address; /* NULL: a fence */
	int order, failure;     /* memory_order_*; failure: of a CAS that fails */
	bool section;           /* of a restartable sequence, whose branches put its stores after its loads */
	const void *site;       /* where in the code, or NULL: in a sequence */
	uint64_t operand[2];    /* what is stored, added, ...; [1]: the upper word of 16 bytes */
	uint64_t expected[2];   /* of a CAS */
	uint64_t found[2];      /* result: what was read */
	bool done;              /* result: the CAS was made */
};

/* Why another thread may run. */
enum sim_why {
	SIM_BEGINS, /* the first thread of a run: sim_self is NULL */
	SIM_STEP,   /* before each step */
	SIM_PAUSE,  /* EXTRAM_PAUSE: the CPU spins */
	SIM_YIELD,  /* EXTRAM_YIELD */
	SIM_SLEEP,  /* EXTRAM_USLEEP */
	SIM_BLOCKED,
	SIM_ENDED, /* and others have not */
};

/* What the running thread does, besides accesses. */
enum sim_event {
	/* Steps. */
	SIM_LOCK,
	SIM_TRYLOCK,
	SIM_UNLOCK,
	SIM_WAIT, /* for a condition variable; the mutex is unlocked in the same step */
	SIM_SIGNAL,
	SIM_BROADCAST,
	SIM_FUTEX_WAKE,
	/* What follows from them. */
	SIM_LOCKED,
	SIM_UNLOCKED,
	SIM_WAIT_ENDS,
	SIM_FUTEX_ENDS,
	/* Signals. */
	SIM_HANDLER,
	SIM_HANDLER_ENDS,
	/* In restartable sequences. */
	SIM_CPU_NUMBER, /* is read */
	SIM_ABORTED,    /* the sequence starts over */
};

/*
 * What a driver defines. sim_self is the thread that does it.
 */

/* Returns the thread that runs next: one that is not blocked and has not ended. us: how long
 * SIM_SLEEP is to take; else 0. */
int driver_next(enum sim_why why, long us);

/* Makes the access and fills in its results. sim_perform does that where memory has one value for
 * all. It may call sim_turn before the access but not after it: a futex sleeps in the same step. */
void driver_access(struct sim_access *a);

/* A plain access of memory that other threads may share: no step. */
void driver_plain(const volatile void *p, unsigned bytes, bool write, const void *site);

/* object: the mutex, condition variable or futex; NULL for a sequence. */
void driver_event(enum sim_event event, const void *object);

/* A wait begins. False: it ends at once, for nothing. */
bool driver_sleeps(void);

/* Which of n > 0 blocked threads wakes, by its place in the list; -1: all. The list is in order of
 * ids. event: SIM_UNLOCKED, SIM_SIGNAL, or SIM_FUTEX_WAKE, which asks once for each thread. */
int driver_waiter(enum sim_event event, struct sim_thread *const *waiters, int n);

/* t was blocked, and may run again. */
void driver_woken(struct sim_thread *t);

/* Before each instruction of a sequence, and where a CPU's number is read: the thread may be
 * preempted, or moved with sim_place. Places a thread that has no CPU. True: the sequence, if it is
 * inside one, starts over. */
bool driver_disturb(void);

/* The running thread has a handler, and SIM_SIGNAL_NUMBER is open. True: the handler runs now, on
 * the same thread. Asked before each step, at each atomic_signal_fence, and before and after a
 * change of the mask; not in sequences. */
bool driver_signal(void);

/* A step: membarrier(2). A full barrier in all threads (cpu -1), or in those on that CPU, whose
 * sequences the machine then aborts. */
void driver_barrier(int cpu);

/* How many CPUs the machine has. Also called outside sim_run. */
int driver_cpus(void);

/*
 * What a driver gets.
 */

/* Calls body. False: sim_fail ended it, or an access to bad memory did; sim_failure says how. */
bool sim_try(void (*body)(void));
extern char sim_failure[1024];

/* The program did something wrong. Inside sim_try only. */
_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As at the start of a program: no memory is allocated, no mutex locked, and thread-local variables
 * have their first values. Addresses repeat. Outside sim_run. */
void sim_reset(void);

/* Runs body as n threads, with their numbers, until all have ended. */
void sim_run(void (*body)(int id), int n);

/* A thread of the run, or of the last one. */
struct sim_thread *sim_thread(int id);

/* Asks driver_next, and returns when the running thread runs again. */
void sim_turn(enum sim_why why, long us);

/* The running thread's handler of SIM_SIGNAL_NUMBER, from now on. NULL: none. */
void sim_on_signal(void (*handler)(void));

/* The thread is on that CPU from now on. Sequences of other threads there start over. */
void sim_place(struct sim_thread *t, int cpu);

/* Makes the access on memory itself. A fence does nothing. */
void sim_perform(struct sim_access *a);

/* Where the program's malloc takes memory from, and how many blocks are not freed. */
const void *sim_heap(size_t *bytes);
unsigned sim_blocks(void);

/* Reads and writes 1, 2, 4 or 8 bytes of memory itself. A length that is known makes an instruction
 * of memcpy, in place of a call. */
static inline uint64_t sim_peek(const volatile void *p, unsigned size)
{
	uint64_t value = 0;
	if (size == 8)
		memcpy(&value, (const void *)p, 8);
	else if (size == 4)
		memcpy(&value, (const void *)p, 4);
	else
		memcpy(&value, (const void *)p, size);
	return value;
}

static inline void sim_poke(volatile void *p, unsigned size, uint64_t value)
{
	if (size == 8)
		memcpy((void *)p, &value, 8);
	else if (size == 4)
		memcpy((void *)p, &value, 4);
	else
		memcpy((void *)p, &value, size);
}

#endif
