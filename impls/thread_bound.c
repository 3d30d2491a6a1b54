/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Go's list since 1.21: an m that a thread got stays bound to it until the thread ends.
 *
 * Family: bound.
 * Copy with: extram.h wait.h
 * Source: needAndBindM, cgoBindM and the destructor of x_cgo_pthread_key in Go 1.21's runtime
 * (issue 51676). The list beneath is sentinel_relaxed.c's: Go's own, except for the memory orders.
 * In Go the bound m also saves a callback all of its system calls: see needm_enter in needm.h.
 *
 *   extraM   meaning
 *   0        empty, unlocked
 *   1        locked; only the lock holder knows the head
 *   else     address of the top m; the list follows schedlink
 *
 *   self.list   self.mine   self.lent   meaning, for a thread
 *   0           NULL        NULL        no m is bound to it
 *   id          m           NOT_LENT    m of the list with that id is bound to it and idle. Its
 *                                       next get takes m
 *   id          m           m           the same m, and the thread has it
 *
 * A thread binds the first m that it gets, and keeps it idle between its callbacks. No other thread
 * can get that m (golang/go issue 60004). A thread does not bind the list's last m: a signal
 * handler may have got that one, and a handler does not refill. The list would stay empty, and no
 * thread would owe it an m. (In Go handlers do not bind; here get does not know its caller.) When a
 * thread ends, the destructor of a pthread key gives its m back; so does thread_exit.
 *
 * A signal handler between callbacks does not use the bound m. As in Go, it takes a second one from
 * the list beneath, with the system calls of needm and dropm. So the bound m does not help the
 * signals of workload storm, and the strategy does not set EXTRAM_BOUND_SERVES_SIGNALS.
 *
 * All other ms are on the list beneath: new ones, a thread's second one, and those of another list
 * than the bound m's. length and last refer to the list beneath.
 *
 * A thread that is bound to a list that has ended is never bound again. An id is never used twice,
 * so the thread does not touch the ended list.
 */
#include <pthread.h>
#include <signal.h>

#include "extram.h"
#include "wait.h"

#define LOCKED ((uintptr_t)1)
#define NOT_LENT ((struct m *)1)

struct list {
	struct extram_list base; /* with the next two: read-mostly */
	uint64_t id;
	pthread_key_t key; /* its value: the list, in a thread that is bound */
	_Alignas(EXTRAM_APART) _Atomic uintptr_t extraM;
	_Atomic uint32_t extraMLength; /* written only under the lock */
};

static _Atomic uint64_t ids;

static _Thread_local struct {
	uint64_t list;
	struct m *mine, *lent;
	bool leaving; /* the destructor has run */
} self;

static void end_of_thread(void *list);

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->extraM, 0);
	atomic_init(&l->extraMLength, 0);
	/* relaxed: each list only needs a number of its own. */
	l->id = 1 + atomic_fetch_add_explicit(&ids, 1, memory_order_relaxed);
	if (pthread_key_create(&l->key, end_of_thread) == 0)
		return true;
	*why = "pthread_key_create failed: too many keys";
	return false;
}

static void unbind(void)
{
	self.list = 0;
	self.mine = self.lent = NULL;
}

/* Once the key is deleted, no destructor runs. */
static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	pthread_key_delete(l->key);
	if (self.list == l->id)
		unbind();
}

static struct m *lockextra(struct list *l, bool nilokay)
{
	struct extram_waiter waiter = {0};
	for (;;) {
		/* relaxed: a guess; the exchange checks it. */
		uintptr_t old = atomic_load_explicit(&l->extraM, memory_order_relaxed);
		if (old == LOCKED) {
			EXTRAM_YIELD();
			continue;
		}
		if (old == 0 && !nilokay) {
			extram_wait(&l->base, &waiter);
			continue;
		}
		/* acquire: pairs with the release in unlockextra. relaxed on failure: the value
		 * is thrown away. */
		if (atomic_compare_exchange_strong_explicit(&l->extraM, &old, LOCKED, memory_order_acquire, memory_order_relaxed)) {
			extram_waited(&l->base, &waiter);
			return (struct m *)old;
		}
		EXTRAM_YIELD();
	}
}

static void unlockextra(struct list *l, struct m *mp, int32_t delta)
{
	/* relaxed, both: only the lock holder writes it; others take a hint. */
	uint32_t n = atomic_load_explicit(&l->extraMLength, memory_order_relaxed);
	atomic_store_explicit(&l->extraMLength, n + (uint32_t)delta, memory_order_relaxed);
	/* release: pairs with the acquire in lockextra. In get too: see sentinel_relaxed.c. */
	atomic_store_explicit(&l->extraM, (uintptr_t)mp, memory_order_release);
}

/* Sets the key in a signal handler too: glibc allocates nothing for it if there are fewer than 32
 * keys. If setting it fails, nothing is bound. */
static void bind(struct list *l, struct m *mp)
{
	if (self.list != 0 || self.leaving || pthread_setspecific(l->key, l) != 0)
		return;
	self.list = l->id;
	self.mine = self.lent = mp;
}

static __attribute__((noinline)) struct m *get_shared(struct list *l, bool nilokay, bool *last)
{
	struct m *mp = lockextra(l, nilokay);
	/* relaxed: only the lock holder or the m's owner reads and writes it. */
	struct m *next = mp == NULL ? NULL : atomic_load_explicit(&mp->schedlink, memory_order_relaxed);
	unlockextra(l, next, mp == NULL ? 0 : -1);
	*last = next == NULL;
	if (next != NULL)
		bind(l, mp);
	return mp;
}

static __attribute__((noinline)) void put_shared(struct list *l, struct m *mp)
{
	struct m *mnext = lockextra(l, true);
	/* relaxed: unlockextra's release publishes it. */
	atomic_store_explicit(&mp->schedlink, mnext, memory_order_relaxed);
	unlockextra(l, mp, 1);
	extram_wake(&l->base);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct m *mp = self.mine;
	if (extram_unlikely(mp == self.lent || self.list != l->id)) /* none, in use, or another list's */
		return get_shared(l, nilokay, last);
	self.lent = mp;
	*last = false;
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	if (extram_likely(mp == self.lent))
		self.lent = NOT_LENT;
	else
		put_shared((struct list *)list, mp);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	/* relaxed: a hint while the list is in use. Once it is at rest, whatever made it so orders
	 * this load. */
	return atomic_load_explicit(&l->extraMLength, memory_order_relaxed);
}

/* If the thread has its m, that m is later put like any other. */
static void thread_exit(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	if (self.list != l->id)
		return;
	if (self.mine != self.lent)
		put_shared(l, self.mine);
	unbind();
}

/* Destructors that run later may make callbacks, and bind no m. Signals are blocked, as around
 * every other put. */
static void end_of_thread(void *list)
{
	sigset_t all, mask;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	self.leaving = true;
	thread_exit(list);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

const struct extram_strategy extram_thread_bound = {
    .name = "thread_bound",
    .summary = "Go's list since 1.21: an m stays bound to the thread that got it until the thread ends",
    .properties = EXTRAM_KEEPS | EXTRAM_BOUND,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
